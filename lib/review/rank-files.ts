import { type FileRole, readFileRole } from "../kernel/read-file-role.ts";
import type { ChangedFile } from "./model.ts";

const SENSITIVE =
  /auth|login|session|token|password|secret|crypt|permission|acl|role|admin|payment|billing|checkout|invoice|price|webhook|upload|sql|query|migration|sanitiz|escape|csrf|cors|middleware|\.github\/workflows|dockerfile|terraform|\.tf$/i;
const SETTINGS = /\.(?:json|ya?ml|toml|ini|xml|properties|lock|txt|csv)$/i;

const BY_ROLE: Record<FileRole, number> = { source: 0, test: 2, docs: 4, "test-data": 5 };

/** Read earlier where it is lower. */
function rankOf(path: string): number {
  const role = readFileRole(path);
  if (role !== "source") return BY_ROLE[role];
  if (SENSITIVE.test(path)) return -1;
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
