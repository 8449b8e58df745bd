/** One line of a hunk. `text` is without its line feed (a CRLF file keeps its "\r"); `noNewline` marks the last line of a file that ends without one. */
export interface DiffLine {
  op: " " | "+" | "-";
  text: string;
  noNewline: boolean;
}

export interface DiffHunk {
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: DiffLine[];
}

export type ChangeKind = "added" | "deleted" | "modified" | "renamed" | "copied";

/** git's file modes that a diff can carry: plain, executable, symbolic link, submodule. */
export const FILE_MODES = ["100644", "100755", "120000", "160000"] as const;
export type FileMode = (typeof FILE_MODES)[number];

/**
 * One file of a diff. `oldPath` is null for an added file, `newPath` for a deleted one. A mode is null where the diff does not tell it
 * (git leaves it out of a pure rename); it is then unchanged.
 */
export interface FileChange {
  oldPath: string | null;
  newPath: string | null;
  kind: ChangeKind;
  oldMode: FileMode | null;
  newMode: FileMode | null;
  binary: boolean;
  hunks: DiffHunk[];
  addedLines: number;
  deletedLines: number;
}

export type DiffReading = { ok: true; files: FileChange[] } | { ok: false; reason: string };
