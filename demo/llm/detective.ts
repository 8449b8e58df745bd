/** A message of OpenAI's chat completions, as far as the rules read it. */
export interface ChatMessage {
  role: string;
  content: string | { text?: string }[] | null;
  tool_calls?: ChatCall[];
  tool_call_id?: string;
}

export interface ChatCall {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}

export interface ChatTurn {
  text: string | null;
  calls?: ChatCall[];
}

/** A line of a file as read_file showed it. */
interface ReadLine {
  path: string;
  number: number;
  text: string;
}

/** What the error says and what was read so far. */
interface Case {
  crash: { path: string; line: number; function: string } | null;
  /** `null` or `undefined`, and the property that was read of it. */
  missing: { value: string; property: string } | null;
  lines: ReadLine[];
  asked: string[];
}

/** What a message says. */
export const textOf = ({ content }: ChatMessage): string =>
  typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("");

function readCase(messages: readonly ChatMessage[]): Case {
  const facts = textOf(messages.find((message) => message.role === "user") ?? { role: "user", content: "" });
  const calls = messages.flatMap((message) => message.tool_calls ?? []);
  const [, value = "", property = ""] = /properties of (null|undefined) \(reading '([^']+)'\)/.exec(facts) ?? [];
  return {
    crash: readCrash(facts),
    missing: property === "" ? null : { value, property },
    lines: messages.filter((message) => message.role === "tool").flatMap((message) => readLines(textOf(message))),
    asked: calls.map((call) => `${call.function.name} ${call.function.arguments}`),
  };
}

/** The newest frame that lies in a suspect file, by the file's name in the repository. */
function readCrash(facts: string): Case["crash"] {
  const suspects = [...facts.matchAll(/^- ([\w./-]+\.\w+): /gm)].map(([, path = ""]) => path);
  for (const [, name = "", file = "", line = ""] of facts.matchAll(/at (\S+) \(([^\s()]+?):(\d+)/g)) {
    const path = suspects.find((one) => file === one || file.endsWith(`/${one}`));
    if (path) return { path, line: Number(line), function: name };
  }
  return null;
}

/** Numbered lines of a block, under the file that its source names, or that stands above them. */
function readLines(result: string): ReadLine[] {
  let path = /source="([^",]+), lines /.exec(result)?.[1] ?? "";
  return result.split("\n").flatMap((row) => {
    const [, number, text = ""] = /^(\d+)\| ?(.*)$/.exec(row) ?? [];
    if (number !== undefined) return path === "" ? [] : [{ path, number: Number(number), text }];
    if (/^[\w./-]+\.\w+$/.test(row)) path = row;
    return [];
  });
}

let count = 0;
const call = (name: string, input: Record<string, unknown>): ChatCall => {
  count += 1;
  return { id: `call_${count}`, type: "function", function: { name, arguments: JSON.stringify(input) } };
};

interface DemoReport {
  rootCause: string | null;
  confidence: number;
  evidence: ReadLine[];
  suggestedFix?: string;
  testCases?: string[];
  ruledOut?: string[];
}

function report({ evidence, suggestedFix = undefined, testCases = [], ruledOut = [], ...rest }: DemoReport): ChatTurn {
  const quotes = evidence.map(({ path, number, text }) => ({ path, line: number, quote: text.trim() }));
  const needsPerson = rest.rootCause === null;
  return {
    text: JSON.stringify({
      ...rest,
      evidence: quotes,
      suggestedFix: suggestedFix ?? null,
      testCases,
      ruledOut,
      needsPerson,
    }),
  };
}

const UNKNOWN = report({ rootCause: null, confidence: 0.2, evidence: [] });

/** The turn that follows: read around the crash, find where the missing value is made, read that, report. */
export function takeTurn(messages: readonly ChatMessage[], hasTools: boolean): ChatTurn {
  const known = readCase(messages);
  const { crash, missing, lines, asked } = known;
  if (crash === null) return UNKNOWN;
  const at = lines.find(({ path, number }) => path === crash.path && number === crash.line);
  if (at === undefined) {
    if (!hasTools || asked.length > 0) return UNKNOWN;
    const range = { path: crash.path, from: Math.max(1, crash.line - 15), to: crash.line + 10 };
    return { text: null, calls: [call("read_file", range), call("list_commits", { path: crash.path })] };
  }
  if (missing === null) {
    return report({ rootCause: `It fails at "${at.text.trim()}".`, confidence: 0.4, evidence: [at] });
  }
  const maker = new RegExp(`([A-Za-z_$][\\w$]*)\\([^()]*\\)\\.${missing.property}\\b`).exec(at.text)?.[1];
  return maker === undefined ? blameValue(known, at, missing) : blameMaker(known, at, { ...missing, maker, hasTools });
}

/** The value is a name or a member: nothing guards it. */
function blameValue({ crash }: Case, at: ReadLine, { value, property }: { value: string; property: string }): ChatTurn {
  const name = new RegExp(`([A-Za-z_$][\\w$.]*)\\.${property}\\b`).exec(at.text)?.[1] ?? "the value";
  return report({
    rootCause: `${crash?.function} reads ${property} of ${name}, which can be ${value}, and nothing checks it before.`,
    confidence: 0.7,
    evidence: [at],
    suggestedFix: `Decide what ${crash?.function} does without ${name}, before ${property} is read.`,
    testCases: [`${crash?.function} where ${name} is ${value}`],
  });
}

/** The value is what a function answers: whether it can answer nothing is looked up. */
function blameMaker(
  { crash, lines, asked }: Case,
  at: ReadLine,
  { value, property, maker, hasTools }: { value: string; property: string; maker: string; hasTools: boolean },
): ChatTurn {
  const made = lines.find(({ text }) => new RegExp(`function ${maker}\\b|const ${maker} =`).test(text));
  if (made === undefined && hasTools && !asked.some((one) => one.startsWith("search_code"))) {
    return { text: null, calls: [call("search_code", { query: `function ${maker}` })] };
  }
  const body =
    made && lines.filter(({ path, number }) => path === made.path && number > made.number && number < made.number + 15);
  if (made && body?.length === 0 && hasTools) {
    return { text: null, calls: [call("read_file", { path: made.path, from: made.number, to: made.number + 14 })] };
  }
  const nothing = body?.find(({ text }) => /\b(?:null|undefined)\b|\.find\(|\?\?/.test(text));
  return report({
    rootCause: `${crash?.function} reads ${property} of what ${maker} answers, and ${maker} can answer ${value}${made ? ` (${made.path})` : ""}. Nothing checks it in between.`,
    confidence: nothing ? 0.9 : 0.6,
    evidence: [at, ...(nothing ? [nothing] : [])],
    suggestedFix: `Keep the answer of ${maker} in a name, and return early when there is none, before ${property} is read.`,
    testCases: [`${crash?.function} with an input for which ${maker} answers ${value}`],
    ruledOut: [`the arithmetic in ${crash?.function}: it is not reached before the error`],
  });
}
