import { type ChangeKind, FILE_MODES, type FileMode } from "./diff-model.ts";
import { type Cursor, DiffFault, readPath, withoutPrefix } from "./read-diff-path.ts";

/** What stands between `diff --git` and the first hunk; paths without prefix, "/dev/null" as null. */
export interface Header {
  pairs: [string, string][];
  oldMode: FileMode | null;
  newMode: FileMode | null;
  isNew: boolean;
  isDeleted: boolean;
  from: { verb: "rename" | "copy"; path: string } | null;
  to: { verb: "rename" | "copy"; path: string } | null;
  names: { old: string | null; new: string | null } | null;
  binary: boolean;
}

/** Takes one header line into `header`; false when the line belongs to what follows. */
export function readHeaderLine(cursor: Cursor, header: Header): boolean {
  const line = cursor.lines[cursor.at] ?? "";
  const mode = /^(old mode|new mode|new file mode|deleted file mode) (\d{6})$/.exec(line);
  if (mode) return takeMode(header, mode[1] ?? "", readMode(mode[2] ?? ""));
  const moved = /^(rename|copy) (from|to) (.+)$/.exec(line);
  if (moved)
    return takeMove(
      header,
      moved[1] === "rename" ? "rename" : "copy",
      moved[2] === "from",
      readPath(moved[3] ?? "", { mayEndInTab: false }),
    );
  if (/^(similarity|dissimilarity) index (100|\d{1,2})%$/.test(line)) return true;
  const index = /^index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}(?: (\d{6}))?$/.exec(line);
  if (index) return index[1] === undefined ? true : takeMode(header, "index", readMode(index[1]));
  if (line.startsWith("--- ")) return takeNames(cursor, header);
  if (line === "GIT binary patch") return takeBinaryPatch(cursor, header);
  if (/^Binary files .+ and .+ differ$/.test(line)) {
    header.binary = true;
    return true;
  }
  if (line.startsWith("diff --") || line.startsWith("@@ ") || line === "" || line === "-- ") return false;
  throw new DiffFault(`a header that git does not write: ${JSON.stringify(line.slice(0, 60))}`);
}

function readMode(digits: string): FileMode {
  const mode = FILE_MODES.find((known) => known === digits);
  if (mode === undefined) throw new DiffFault(`file mode ${digits}`);
  return mode;
}

function takeMode(header: Header, field: string, mode: FileMode): true {
  if (field === "new file mode") header.isNew = true;
  if (field === "deleted file mode") header.isDeleted = true;
  if (field === "old mode" || field === "deleted file mode" || field === "index") {
    if (header.oldMode !== null) throw new DiffFault("the old mode is told twice");
    header.oldMode = mode;
  }
  if (field === "new mode" || field === "new file mode" || field === "index") {
    if (header.newMode !== null) throw new DiffFault("the new mode is told twice");
    header.newMode = mode;
  }
  return true;
}

function takeMove(header: Header, verb: "rename" | "copy", isFrom: boolean, path: string): true {
  if ((isFrom ? header.from : header.to) !== null) throw new DiffFault("a rename or copy is told twice");
  if (isFrom) header.from = { verb, path };
  else header.to = { verb, path };
  return true;
}

function takeNames(cursor: Cursor, header: Header): true {
  if (header.names !== null) throw new DiffFault("the paths are told twice");
  const oldName = readName((cursor.lines[cursor.at] ?? "").slice(4), "a/");
  const next = cursor.lines[cursor.at + 1] ?? "";
  if (!next.startsWith("+++ ")) throw new DiffFault('"---" without "+++"');
  cursor.at++;
  header.names = { old: oldName, new: readName(next.slice(4), "b/") };
  if (!cursor.lines[cursor.at + 1]?.startsWith("@@ -")) throw new DiffFault("paths without a hunk");
  return true;
}

function readName(rest: string, prefix: "a/" | "b/"): string | null {
  const path = readPath(rest, { mayEndInTab: true });
  return path === "/dev/null" ? null : withoutPrefix(path, prefix);
}

/** Passes the one or two base85 blocks of a binary patch, each ended by an empty line. */
function takeBinaryPatch(cursor: Cursor, header: Header): true {
  header.binary = true;
  for (let block = 0; block < 2; block++) {
    if (!/^(literal|delta) \d{1,10}$/.test(cursor.lines[cursor.at + 1] ?? "")) {
      if (block === 0) throw new DiffFault("a binary patch without data");
      break;
    }
    cursor.at++;
    while (/^[A-Za-z][0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]+$/.test(cursor.lines[cursor.at + 1] ?? "")) cursor.at++;
    if ((cursor.lines[cursor.at + 1] ?? "") !== "") throw new DiffFault("binary data that is not base85");
    if (cursor.at + 1 < cursor.lines.length) cursor.at++;
  }
  return true;
}

/** One pair of names that all headers agree on. */
export function agreeOnNames(header: Header): { oldName: string; newName: string; kind: ChangeKind } {
  const { from, to, names, isNew, isDeleted } = header;
  if ((from === null) !== (to === null) || from?.verb !== to?.verb) throw new DiffFault("half of a rename or copy");
  if (isNew && isDeleted) throw new DiffFault("a file both new and deleted");
  if (from && (isNew || isDeleted)) throw new DiffFault("a rename or copy of a new or deleted file");
  if (names && (names.old === null) !== isNew) throw new DiffFault("/dev/null and the file's mode line disagree");
  if (names && (names.new === null) !== isDeleted) throw new DiffFault("/dev/null and the file's mode line disagree");
  const same = header.pairs.find(([a, b]) => a === b)?.[0];
  const oldName = from?.path ?? names?.old ?? names?.new ?? same;
  const newName = to?.path ?? names?.new ?? names?.old ?? same;
  if (oldName === undefined || newName === undefined)
    throw new DiffFault("two different paths without a rename or copy");
  if (names && ((names.old ?? oldName) !== oldName || (names.new ?? newName) !== newName))
    throw new DiffFault("the headers name different paths");
  if (!header.pairs.some(([a, b]) => a === oldName && b === newName))
    throw new DiffFault("the headers name different paths");
  if (!from && oldName !== newName) throw new DiffFault("two different paths without a rename or copy");
  if (from && oldName === newName) throw new DiffFault("a rename or copy onto itself");
  const kind = from
    ? from.verb === "rename"
      ? "renamed"
      : "copied"
    : isNew
      ? "added"
      : isDeleted
        ? "deleted"
        : "modified";
  return { oldName, newName, kind };
}
