import type { ShownLine } from "./shown-change.ts";

/** The lines of one file, and those of every file that was shown. */
export interface Sight {
  file: ReadonlyMap<number, ShownLine>;
  all: readonly ShownLine[];
}

export interface Claim {
  severity: "medium" | "high" | "critical";
  kind: "bug" | "security";
  title: string;
  why: string;
  suggestion: string | null;
}

export interface Verdict {
  verdict: "holds" | "refuted" | "unsure";
  confidence: number;
  why: string;
}

/**
 * One thing that is often wrong: `suspect` goes by the look of a line alone, as a hasty reader does, and `check` looks
 * at what stands around it.
 */
export interface Flaw {
  /** Words of the title, by which a claim is known again. */
  words: string;
  suspect(line: ShownLine, sight: Sight): Claim | null;
  check(line: ShownLine, sight: Sight): Verdict;
}

const AROUND = 12;

const after = ({ number }: ShownLine, { file }: Sight): ShownLine[] =>
  Array.from({ length: AROUND }, (_, index) => file.get(number + index + 1)).flatMap((line) => line ?? []);

const holds = (why: string): Verdict => ({ verdict: "holds", confidence: 0.95, why });
const refuted = (why: string): Verdict => ({ verdict: "refuted", confidence: 0.9, why });
const unsure = (why: string): Verdict => ({ verdict: "unsure", confidence: 0.5, why });

const BOUND = /([A-Za-z_$][\w$]*) <= ([\w$.]+)\.length\b/;

const offByOne: Flaw = {
  words: "one past the end",
  suspect({ text }) {
    const [, index, list] = BOUND.exec(text) ?? [];
    if (index === undefined) return null;
    return {
      ...{ severity: "high", kind: "bug", title: `The loop runs one past the end of ${list}` },
      why: `\`${index}\` reaches \`${list}.length\`, where there is no element: what is read there is undefined.`,
      suggestion: text.replace(`${index} <= ${list}.length`, `${index} < ${list}.length`),
    };
  },
  check(line, sight) {
    const [, index = "", list = ""] = BOUND.exec(line.text) ?? [];
    const read = after(line, sight).find(({ text }) => text.includes(`${list}[${index}]`));
    if (read) return holds(`line ${read.number} reads \`${list}[${index}]\`, and ${index} can be ${list}.length`);
    return refuted(`${index} is no index of ${list} below line ${line.number}: it is an end, which may be its length`);
  },
};

const CALL = /(?:^|[=(,!]|\bif \()\s*([A-Za-z_$][\w$]*)\(/;
const WAITED = /\b(?:await|return|void|function|yield)\b|=>|\.then\(|\.catch\(|Promise\./;

const isAsync = (name: string, { all }: Sight) =>
  all.find(({ text }) => new RegExp(`async function ${name}\\b|(?:const|let) ${name} = async\\b`).test(text));

const missingAwait: Flaw = {
  words: "not awaited",
  suspect({ text }, sight) {
    const name = CALL.exec(text)?.[1];
    if (name === undefined || WAITED.test(text) || !isAsync(name, sight)) return null;
    return {
      ...{ severity: "high", kind: "bug", title: `${name} is not awaited` },
      why: `\`${name}\` is async: what stands here is its promise, which is always true and never the value.`,
      suggestion: text.replace(`${name}(`, `await ${name}(`),
    };
  },
  check({ text }, sight) {
    const name = CALL.exec(text)?.[1] ?? "";
    const made = isAsync(name, sight);
    return made ? holds(`${made.path}:${made.number} declares ${name} as async`) : unsure(`${name} was not shown`);
  },
};

const CATCH = /\bcatch(?: \([^)]*\))? \{\s*(\}?)\s*$/;

const swallowedError: Flaw = {
  words: "is swallowed",
  suspect(line, sight) {
    const [, isClosed] = CATCH.exec(line.text) ?? [];
    if (isClosed === undefined) return null;
    const next = sight.file.get(line.number + 1)?.text.trim() ?? "";
    if (isClosed === "" && next !== "}") return null;
    return {
      ...{ severity: "high", kind: "bug", title: "The error is swallowed" },
      why: "Nothing is done in this `catch`: when it fails, the caller goes on as if it had worked, and nobody hears of it.",
      suggestion: null,
    };
  },
  check(line, sight) {
    const body = sight.file.get(line.number + 1)?.text.trim();
    return CATCH.test(line.text) && (body === "}" || line.text.trimEnd().endsWith("}"))
      ? holds("the block after catch is empty")
      : refuted("the block after catch does something");
  },
};

const SQL = /(["'`])\s*(?:select|insert|update|delete)\b.*(?:\$\{([^}]+)\}|\1 \+ ([\w$.]+))/i;

const builtQuery: Flaw = {
  words: "SQL is built",
  suspect({ text }) {
    const [, , inside, added] = SQL.exec(text) ?? [];
    const name = inside ?? added;
    if (name === undefined) return null;
    return {
      ...{ severity: "critical", kind: "security", title: `SQL is built from ${name}` },
      why: `\`${name}\` goes into the statement as it is: who chooses it chooses the statement. A parameter would not.`,
      suggestion: null,
    };
  },
  check({ text }, { all }) {
    const [, , inside, added] = SQL.exec(text) ?? [];
    const name = inside ?? added ?? "";
    const fixed = all.find((line) =>
      new RegExp(`const ${name.replace(/\W/g, "")} = ["'\`][^$]*["'\`]`).test(line.text),
    );
    return fixed
      ? refuted(`${name} is a constant of line ${fixed.number}, and nobody chooses it`)
      : holds(`${name} comes from outside`);
  },
};

const hiddenText: Flaw = {
  words: "character that nobody sees",
  suspect({ text }) {
    const hidden = /\[U\+[0-9A-F]{4,6}\]/.exec(text)?.[0];
    if (hidden === undefined) return null;
    return {
      ...{ severity: "high", kind: "security", title: `The line holds a character that nobody sees (${hidden})` },
      why: "What the line does is not what it looks like to its readers. Hidden characters can turn code around.",
      suggestion: null,
    };
  },
  check: ({ text }) => (/\[U\+[0-9A-F]{4,6}\]/.test(text) ? holds("it stands there, written out") : refuted("no such")),
};

export const FLAWS: readonly Flaw[] = [offByOne, missingAwait, swallowedError, builtQuery, hiddenText];
