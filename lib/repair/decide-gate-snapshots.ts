import type { Finding, JudgedFile } from "./gate-model.ts";

const SNAPSHOT = /\.(?:snap|ambr|approved\.\w+|snap\.\w+)$|(?:^|\/)(?:__snapshots__|__image_snapshots__|snapshots)\//i;
/** A rendered page that holds one of these was taken of a broken one. */
const BROKEN =
  /\b(?:TypeError|ReferenceError|AttributeError|NullPointerException|NoMethodError|undefined is not|Cannot read propert|Traceback|panic:)|\[object Object\]|\bNaN\b/;

/** Snapshots that are made to fit what the code does wrong: changed without their code, emptied, or taken of an error. */
export function decideSnapshots(files: JudgedFile[]): Finding[] {
  const sources = files.filter((file) => file.role === "source");
  return files
    .filter((file) => file.role === "test-data" && SNAPSHOT.test(file.path) && file.change.kind === "modified")
    .flatMap((file) => {
      const ask = (detail: string): Finding[] => [
        { effect: "require_approval", rule: "snapshot-overwritten", path: file.path, detail },
      ];
      const entries = (lines: string[]) => lines.filter((line) => /^(?:exports\[|# name:)/.test(line)).length;
      if (entries(file.deleted) > entries(file.added)) return ask("expectations are taken out of the snapshot");
      const isBroken = (lines: string[]) => lines.some((line) => BROKEN.test(line));
      if (isBroken(file.added) && !isBroken(file.deleted)) return ask("the snapshot now expects an error");
      if (file.deleted.length === 0 || sources.some((source) => belongs(file, source))) return [];
      return ask("what is expected changes, and no code that the patch changes has to do with it");
    });
}

const stemOf = (path: string) =>
  (path.split("/").at(-1) ?? "")
    .replace(/\..*$/, "")
    .replace(/^test_|_(?:test|spec)$/gi, "")
    .toLowerCase();
const wordsOf = (lines: string[]) => new Set(lines.flatMap((line) => line.match(/[\p{L}\d]{3,}/gu) ?? []));

/** The snapshot is of this file's test, or a word that it gains or loses is one that this file gains or loses. */
function belongs(snapshot: JudgedFile, source: JudgedFile): boolean {
  if (stemOf(snapshot.path) === stemOf(source.path)) return true;
  const [was, is] = [wordsOf(snapshot.deleted), wordsOf(snapshot.added)];
  const moved = [...was].filter((word) => !is.has(word)).concat([...is].filter((word) => !was.has(word)));
  const theirs = wordsOf([...source.added, ...source.deleted]);
  return moved.some((word) => theirs.has(word));
}
