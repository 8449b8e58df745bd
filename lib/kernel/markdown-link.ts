import { redact } from "./redact.ts";

/** A secret in a path or a query hides behind its percent signs. */
function isClean(url: string): boolean {
  const rest = url.replace(/^https?:\/\/[^/?#]*/, "");
  let plain = rest;
  try {
    plain = decodeURIComponent(rest);
  } catch {
    // A stray percent sign: then it is as it is.
  }
  return redact(plain).text === plain;
}

/**
 * A link, where its address cannot break out of it and holds no secret; else its text alone. `label` is ours, or made by
 * `quiet` or `code`.
 */
export function link(label: string, url: string | null): string {
  const isSafe = url !== null && /^https?:\/\/[^\s()<>|`[\]]{1,1500}$/.test(url) && isClean(url);
  return isSafe ? `[${label}](${url})` : label;
}
