import { isSecretPath } from "../kernel/secret-paths.ts";

export type Readable = { type: "readable"; path: string } | { type: "refused"; reason: string };

const MOST_CHARACTERS = 400;

/**
 * Whether a model may read this path of the repository. `paths`: the files of the tree at the commit; nothing else
 * exists, so that neither `..` nor an absolute path can lead anywhere.
 */
export function decideReadable(path: string, paths: ReadonlySet<string>): Readable {
  const refused = (reason: string): Readable => ({ type: "refused", reason });
  if (path.length === 0 || path.length > MOST_CHARACTERS) return refused("that is no path");
  if (/[\p{Cc}\p{Cf}\\]/u.test(path)) return refused("that path has characters that no path of this repository has");
  if (/^(?:\/|~|[a-z][a-z0-9+.-]*:)/i.test(path)) return refused("only paths inside the repository can be read");
  if (path.split("/").some((part) => part === "..")) return refused("only paths inside the repository can be read");
  const clean = path.replace(/^(?:\.\/)+/, "");
  if (isSecretPath(clean)) return refused("files that look like secrets are not read");
  if (!paths.has(clean)) return refused("there is no such file at this commit");
  return { type: "readable", path: clean };
}
