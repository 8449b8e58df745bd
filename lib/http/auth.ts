/** What a caller of the admin API may do; each scope includes the ones before it. */
export const SCOPES = ["read", "operate", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Whether scope `have` includes scope `need`. */
export function scopeIncludes(have: Scope, need: Scope): boolean {
  return SCOPES.indexOf(have) >= SCOPES.indexOf(need);
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/**
 * Whether two secrets are the same, in a time that tells nothing about either: digests of one length are compared, whole.
 * WebCrypto only, so that it runs at the edge too.
 */
export async function secretsMatch(given: string, expected: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest(given), digest(expected)]);
  let difference = 0;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

/** The token of an `Authorization: Bearer` header (RFC 6750; the scheme in any case), or null. */
export function readBearer(header: string | undefined | null): string | null {
  const match = /^bearer +([^\s]{1,4096}) *$/i.exec(header ?? "");
  return match?.[1] ?? null;
}

/** Whether the header carries exactly the expected token. Without an expected token nothing matches. */
export async function bearerMatches(header: string | undefined | null, expected: string | null): Promise<boolean> {
  const token = readBearer(header);
  if (token === null || !expected) return false;
  return secretsMatch(token, expected);
}
