import { AppError } from "../kernel/errors.ts";
import { applyPatch } from "./apply-patch.ts";
import type { FileChange } from "./diff-model.ts";
import type { CodeHost } from "./ports.ts";

export interface Contents {
  additions: { path: string; content: string }[];
  deletions: string[];
}

/** The file contents that the diff makes of the base commit. AppError `patch_does_not_apply`. */
export async function getContentsAfter(
  codeHost: Pick<CodeHost, "readFiles">,
  files: readonly FileChange[],
  baseSha: string,
): Promise<Contents> {
  const oldPaths = files.flatMap((file) => (file.oldPath === null ? [] : [file.oldPath]));
  const newPaths = files.flatMap((file) => (file.kind === "added" && file.newPath ? [file.newPath] : []));
  const before = await codeHost.readFiles([...new Set([...oldPaths, ...newPaths])], baseSha);
  const additions: { path: string; content: string }[] = [];
  const deletions: string[] = [];
  for (const file of files) {
    const applied = applyPatch(file, before.get(file.oldPath ?? file.newPath ?? "") ?? null);
    if (!applied.ok)
      throw new AppError("patch_does_not_apply", `the patch does not apply to ${baseSha}: ${applied.reason}`, {
        retry: "never",
      });
    if (file.newPath !== null && applied.after !== null) additions.push({ path: file.newPath, content: applied.after });
    if (file.oldPath !== null && file.kind !== "copied" && file.oldPath !== file.newPath) deletions.push(file.oldPath);
  }
  return { additions, deletions };
}
