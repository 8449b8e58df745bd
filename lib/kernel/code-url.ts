/** A file's page on GitHub at a commit, `path` from the repository's root. What would end a Markdown link is encoded. */
export function codeUrl(webUrl: string, sha: string, path: string, line?: number): string {
  const encode = (name: string) =>
    encodeURIComponent(name).replace(/[()!'*]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);
  // Lone surrogates have no encoding.
  const names = path.toWellFormed().split("/").map(encode);
  return `${webUrl}/blob/${sha}/${names.join("/")}${line === undefined ? "" : `#L${line}`}`;
}
