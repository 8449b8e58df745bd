import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

export interface EnvelopeItem {
  type: string;
  payload: Buffer;
}

export interface Envelope {
  header: Record<string, unknown>;
  items: EnvelopeItem[];
}

/** Undoes `Content-Encoding`; an encoding that Relay does not take throws. */
export function decompress(body: Buffer, encoding: string | undefined): Buffer {
  const limit = { maxOutputLength: 100 * 1024 * 1024 };
  switch (encoding ?? "identity") {
    case "identity":
    case "":
      return body;
    case "gzip":
      return gunzipSync(body, limit);
    case "deflate":
      return inflateSync(body, limit);
    case "br":
      return brotliDecompressSync(body, limit);
    case "zstd":
      return zstdDecompressSync(body, limit);
    default:
      throw new Error(`unsupported content encoding ${encoding}`);
  }
}

/**
 * Reads an envelope: a header line, then for each item a header line and a payload of `length` bytes, or up to the next
 * newline where no length is given (develop.sentry.dev/sdk/data-model/envelopes). Throws on a broken one.
 */
export function readEnvelope(bytes: Buffer): Envelope {
  const first = readLine(bytes, 0);
  const header = parseObject(first.line, "envelope header");
  const items: EnvelopeItem[] = [];
  let at = first.next;
  while (at < bytes.length) {
    const itemHeader = readLine(bytes, at);
    if (itemHeader.line.length === 0) {
      at = itemHeader.next;
      continue;
    }
    const facts = parseObject(itemHeader.line, "item header");
    if (typeof facts.type !== "string") throw new Error("item header has no type");
    const end = payloadEnd(bytes, itemHeader.next, facts.length);
    items.push({ type: facts.type, payload: bytes.subarray(itemHeader.next, end) });
    at = end + 1;
  }
  return { header, items };
}

function payloadEnd(bytes: Buffer, start: number, length: unknown): number {
  if (length === undefined) {
    const newline = bytes.indexOf(0x0a, start);
    return newline < 0 ? bytes.length : newline;
  }
  if (typeof length !== "number" || length < 0 || start + length > bytes.length)
    throw new Error("unexpected end of file");
  return start + length;
}

function readLine(bytes: Buffer, start: number): { line: string; next: number } {
  const newline = bytes.indexOf(0x0a, start);
  const end = newline < 0 ? bytes.length : newline;
  return { line: bytes.toString("utf8", start, end), next: end + 1 };
}

function parseObject(line: string, what: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`);
  return value as Record<string, unknown>;
}
