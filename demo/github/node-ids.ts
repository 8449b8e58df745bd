/** GitHub's global ids are opaque; ours can be read back by readNodeId. */
export function nodeId(prefix: string, key: string | number): string {
  return `${prefix}_${Buffer.from(`demo:${key}`).toString("base64url")}`;
}

export function readNodeId(id: string): { prefix: string; key: string } | null {
  const [, prefix = "", code = ""] = /^([A-Z]+)_([\w-]+)$/.exec(id) ?? [];
  const text = Buffer.from(code, "base64url").toString("utf8");
  return text.startsWith("demo:") ? { prefix, key: text.slice("demo:".length) } : null;
}
