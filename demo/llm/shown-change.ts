/** A line that was shown, by its number after the change. */
export interface ShownLine {
  path: string;
  number: number;
  text: string;
  isAdded: boolean;
}

/** A block between marks, by what its source says it is. */
interface Block {
  source: string;
  lines: string[];
}

/** Everything between marks of a message, in order. */
export function readBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  let open: { block: Block; end: string } | null = null;
  for (const line of text.split("\n")) {
    if (open && line === open.end) open = null;
    else if (open) open.block.lines.push(line);
    else {
      const begin: RegExpExecArray | null = /^<data-(\S+) source="(.*)">$/.exec(line);
      if (!begin) continue;
      open = { block: { source: begin[2] ?? "", lines: [] }, end: `</data-${begin[1]}>` };
      blocks.push(open.block);
    }
  }
  return blocks;
}

/** The lines of the blocks whose source says this. */
export const wordsOf = (blocks: readonly Block[], source: string): string[] =>
  blocks.filter((block) => block.source.includes(source)).flatMap(({ lines }) => lines);

const pathOf = (line: string | undefined) =>
  /^file: (.+?)(?: \((?:added|removed|modified|renamed|copied|changed|unchanged)\b.*\))?$/.exec(line ?? "")?.[1] ?? "";

/** The head's side of every file that was shown, by path and number: of the diff, and of whole files. */
export function readShown(blocks: readonly Block[]): Map<string, Map<number, ShownLine>> {
  const files = new Map<string, Map<number, ShownLine>>();
  for (const { lines: rows } of blocks) {
    const path = pathOf(rows[0]);
    if (path === "") continue;
    const lines = files.get(path) ?? new Map<number, ShownLine>();
    files.set(path, lines);
    for (const row of rows.slice(1)) {
      const [, changed, sign, diffText = ""] = /^(?:L\d+|-) (?:R(\d+)|-) ([ +-]) \| ?(.*)$/.exec(row) ?? [];
      const [, whole, wholeText = ""] = /^(\d+)\| ?(.*)$/.exec(row) ?? [];
      const number = Number(changed ?? whole);
      if (!Number.isInteger(number) || number === 0) continue;
      const isAdded = sign === "+" || lines.get(number)?.isAdded === true;
      lines.set(number, { path, number, text: changed === undefined ? wholeText : diffText, isAdded });
    }
  }
  return files;
}
