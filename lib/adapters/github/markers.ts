import { AppError } from "../../kernel/errors.ts";

/**
 * Signed markers in what we write, the memory that lies with the code host: `<!-- patchpilot:<marker>:<hmac> -->` as the
 * last line. The signature keeps others from making one; that the author is our own App is for the caller to check, as
 * a marker can be copied.
 */
export interface Markers {
  /** `body`, cut to what the host takes, with the marker as its last line. Markers inside `body` lose their meaning. */
  append(body: string, marker: string): Promise<string>;
  /** Whether the last line of `body` is this marker, signed by us. */
  isIn(body: string | null | undefined, marker: string): Promise<boolean>;
  /** The marker that is the last line of `body`, or null where there is none, or none that we signed. */
  read(body: string | null | undefined): Promise<string | null>;
}

/** GitHub refuses bodies of more than 65,536 characters; the rest is for the marker. */
const MAX_BODY = 65_000;
const CUT = "\n\n… (cut: too long for GitHub)";
/** 20 bytes of HMAC-SHA256. */
const SIGNATURE_HEX = 40;
const MARKER = /^[\w.:/-]{1,120}$/;
const LINE = /^<!-- patchpilot:([\w.:/-]{1,120}):[0-9a-f]{40} -->$/;

const encode = (text: string) => new TextEncoder().encode(text);

/** Quoted text from outside could bring a copied marker along: as the text that it is, it is harmless. */
const defuse = (body: string) => body.replace(/<!--(?=\s*patchpilot:)/gi, "&lt;!--");

const lastLine = (body: string | null | undefined) => (body ?? "").trimEnd().split(/\r?\n/).at(-1) ?? "";

const shorten = (body: string) => (body.length <= MAX_BODY ? body : body.slice(0, MAX_BODY - CUT.length) + CUT);

/** Markers signed with HMAC-SHA256 under `key`. */
export function createMarkers(key: string): Markers {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  let imported: Promise<CryptoKey> | null = null;
  const lineFor = async (marker: string): Promise<string> => {
    if (!MARKER.test(marker)) {
      throw new AppError("bad_marker", "a marker has characters that cannot stand in a comment", { retry: "never" });
    }
    imported ??= crypto.subtle.importKey("raw", encode(key), algorithm, false, ["sign"]);
    const signature = await crypto.subtle.sign("HMAC", await imported, encode(`patchpilot:${marker}`));
    const hex = Buffer.from(signature).toString("hex").slice(0, SIGNATURE_HEX);
    return `<!-- patchpilot:${marker}:${hex} -->`;
  };
  return {
    append: async (body, marker) => `${shorten(defuse(body).trimEnd())}\n\n${await lineFor(marker)}`,
    async isIn(body, marker) {
      return lastLine(body) === (await lineFor(marker));
    },
    async read(body) {
      const line = lastLine(body);
      const marker = LINE.exec(line)?.[1];
      return marker !== undefined && line === (await lineFor(marker)) ? marker : null;
    },
  };
}
