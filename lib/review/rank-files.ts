import { type FileRole, readFileRole } from "../kernel/read-file-role.ts";
import type { ChangedFile } from "./model.ts";

/** Words of a path, whole: `author` is no `auth`. */
const SENSITIVE = new Set(
  "auth,oauth,authentication,authorization,login,session,token,password,secret,crypt,crypto,encryption,permission,acl,role,admin,payment,billing,checkout,invoice,price,webhook,upload,sql,query,migration,sanitize,sanitizer,escape,csrf,cors,middleware,workflows,dockerfile,terraform,tf".split(
    ",",
  ),
);
const wordsOf = (path: string) => path.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).map((word) => word.toLowerCase());
const isSensitive = (path: string) =>
  wordsOf(path).some((word) => SENSITIVE.has(word) || SENSITIVE.has(word.replace(/s$/, "")));
const SETTINGS = /\.(?:json|ya?ml|toml|ini|xml|properties|lock|txt|csv)$/i;

const BY_ROLE: Record<FileRole, number> = { source: 0, test: 2, docs: 4, "test-data": 5 };

/** Read earlier where it is lower. */
function rankOf(path: string): number {
  const role = readFileRole(path);
  if (role !== "source") return BY_ROLE[role];
  if (isSensitive(path)) return -1;
  return SETTINGS.test(path) ? 3 : 0;
}

/** Files in the order in which they are worth reading: code where mistakes are dear, code, tests, settings, words; small ones first. */
export function rankFiles<T extends Pick<ChangedFile, "path" | "addedLines" | "deletedLines">>(
  files: readonly T[],
): T[] {
  const ranked = files.map((file) => ({
    file,
    rank: rankOf(file.path),
    lines: file.addedLines + file.deletedLines,
  }));
  ranked.sort((a, b) => a.rank - b.rank || a.lines - b.lines || (a.file.path < b.file.path ? -1 : 1));
  return ranked.map(({ file }) => file);
}
