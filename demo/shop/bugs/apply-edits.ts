import type { Edit } from "./model.ts";

/**
 * The new contents, by path, of the files that the edits touch. `read` returns null for a file that is not there.
 * Throws when an edit does not fit: it was written for another state of the tree.
 */
export function applyEdits(edits: readonly Edit[], read: (path: string) => string | null): Record<string, string> {
  const files: Record<string, string> = {};
  for (const edit of edits) {
    const before = files[edit.path] ?? read(edit.path);
    files[edit.path] = "create" in edit ? created(edit, before) : replaced(edit, before);
  }
  return files;
}

function created(edit: { path: string; create: string }, before: string | null): string {
  if (before !== null && before !== edit.create) throw new Error(`${edit.path} exists already`);
  return edit.create;
}

function replaced(edit: { path: string; find: string; replace: string }, before: string | null): string {
  if (before === null) throw new Error(`${edit.path} does not exist`);
  const parts = before.split(edit.find);
  if (parts.length !== 2) throw new Error(`${edit.path}: the text to replace stands there ${parts.length - 1} times`);
  return parts.join(edit.replace);
}
