import type { ApprovalKind } from "./approval-model.ts";

/** What a word of approval stands for. Whoever changes any of it, in the token or in the database, makes it worthless. */
export interface ApprovedThing {
  id: string;
  incidentId: string;
  kind: ApprovalKind;
  fromDeploymentId: string;
  toDeploymentId: string;
  expiresAt: Date;
}

/** 20 bytes of HMAC-SHA256, in hex. */
const SIGNATURE_HEX = 40;

/** `apr_….<signature>`: what a person quotes. HMAC-SHA256 under `key`. */
export async function signApproval(key: string, thing: ApprovedThing): Promise<string> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const { id, incidentId, kind, fromDeploymentId, toDeploymentId, expiresAt } = thing;
  const said = JSON.stringify([
    "patchpilot:approval",
    id,
    incidentId,
    kind,
    fromDeploymentId,
    toDeploymentId,
    expiresAt.toISOString(),
  ]);
  const imported = await crypto.subtle.importKey("raw", encode(key), { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", imported, encode(said)));
  const hex = Array.from(signature, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${id}.${hex.slice(0, SIGNATURE_HEX)}`;
}

/** Whether two tokens are the same, in a time that does not tell where they differ. */
export function isSameToken(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}
