/**
 * node:crypto, or null on an edge runtime, which has Web Crypto only. It answers at once where Web Crypto hands every call
 * to another thread: a third of the time for a webhook's HMAC. Not an import, so that the edge can load this file.
 */
export const nativeCrypto = globalThis.process?.getBuiltinModule?.("node:crypto") ?? null;
