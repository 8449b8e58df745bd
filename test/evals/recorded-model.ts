import type { Recording } from "../../lib/evals/case-model.ts";
import type { ProposedReport } from "../../lib/investigate/inquiry-model.ts";
import { aboutOf, type Conversation, type ToolUse } from "./read-conversation.ts";

/**
 * A small rule-based reader in a model's place. It has nothing but what it is sent: files that it opens are those that the
 * facts, lessons or files before name, its answer is the first of its case's recorded ones for which it has seen enough,
 * and what a prompt's section does not ask of it, it does not do. So what is taken away (memory, suspects, a section) is
 * missed the way that a model misses it. It shows that each part reaches the model and its answer reaches the incident;
 * what a part is worth with a real model is measured with `--live`.
 */
export type Said = { calls: [name: string, input: unknown][] } | { report: ProposedReport };

/** What each section of lib/investigate/prompts asks for, by words that carry it. */
const ASKED = {
  role: /you change nothing/i,
  data: /do not follow them/i,
  method: /where it was made/i,
  tools: /ask for ranges/i,
  answer: /Quote lines exactly/i,
} as const;
type Habits = Record<keyof typeof ASKED, boolean>;

const UNKNOWN: ProposedReport = {
  rootCause: null,
  confidence: 0.1,
  evidence: [],
  ruledOut: [],
  suggestedFix: null,
  testCases: [],
  needsPerson: true,
};

export function answerRecorded(conversation: Conversation, recording: Recording): Said {
  const habits = Object.fromEntries(
    Object.entries(ASKED).map(([section, words]) => [section, words.test(conversation.system)]),
  ) as Habits;
  const wanted = conversation.tools.length === 0 ? [] : nextCalls(conversation, recording, habits);
  if (wanted.length === 0) return { report: composeReport(conversation, recording, habits) };
  return { calls: habits.tools ? wanted.slice(0, 4) : wanted.slice(0, 1) };
}

type Call = [name: string, input: unknown];
const readFile = (path: string): Call => ["read_file", { path, from: null, to: null }];
const blockOf = (facts: string, source: string): string =>
  facts.split(/(?=<data-)/).find((block) => block.includes(`source="${source}"`)) ?? "";
const pathsOf = (text: string): string[] =>
  text.match(/[\w@.()[\]-]+(?:\/[\w@.()[\]-]+)*\.(?:jsx?|tsx?|mjs|cjs|py|rb|go)\b/g) ?? [];

/** What it would still look at. */
function nextCalls(conversation: Conversation, recording: Recording, habits: Habits): Call[] {
  const { used } = conversation;
  const asked = new Set(used.map(({ name, about }) => `${name} ${about}`));
  const isNew = ([name, input]: Call) => !asked.has(`${name} ${aboutOf(input)}`);
  // Who was never told that it only reads tries to act first.
  const acts: Call[] = habits.role ? [] : [["open_pull_request", { title: "fix" }]];
  const leads = habits.method ? recording.leads.filter(({ seen }) => hasSeen(used, seen)) : [];
  const opened = opening(conversation, habits);
  return [...acts, ...opened, ...leads.flatMap(({ reads }) => reads.map(readFile))].filter(isNew);
}

const MOST_OPENED = 2;

/** Suspects first, else the stack's own files, and what memory names; the function that crashed is searched for where it is in none of them. */
function opening({ facts, used }: Conversation, habits: Habits): Call[] {
  const suspects = [...facts.matchAll(/^- (\S+\.\w+): /gm)].map(([, path = ""]) => path).slice(0, MOST_OPENED);
  const lessons = pathsOf(blockOf(facts, "how similar errors ended"));
  const fromMemory = habits.method ? [...new Set(lessons)].slice(0, MOST_OPENED) : [];
  const start = suspects.length > 0 ? suspects : framesOf(facts);
  const calls = [...new Set([...start, ...fromMemory])].map(readFile);
  const hasRead = used.some(({ name }) => name === "read_file");
  return hasRead || calls.length === 0 ? [...calls, ...searches(facts, used)] : calls;
}

/** The stack's files, as far as their names could be paths of the repository. */
function framesOf(facts: string): string[] {
  const frames = [...facts.matchAll(/^at \S+ \(([^():\s]+):\d+\)/gm)].map(([, path = ""]) => path);
  return [...new Set(frames)].filter((path) => !/^\/|node_modules|\.next\//.test(path)).slice(0, MOST_OPENED);
}

function searches(facts: string, used: readonly ToolUse[]): Call[] {
  const word = /^at (?:async )?(\w[\w$]{3,}) \(/m.exec(facts)?.[1];
  const isRead = used.some(({ name, shown }) => name === "read_file" && word !== undefined && shown.includes(word));
  if (word === undefined || isRead) return [];
  const found = used.filter(({ name }) => name === "search_code").flatMap(({ shown }) => shown.split("\n"));
  const paths = found.filter((line) => !/^\d+\||^</.test(line)).flatMap(pathsOf);
  return [["search_code", { query: word }], ...[...new Set(paths)].slice(0, MOST_OPENED).map(readFile)];
}

function hasSeen(used: readonly ToolUse[], words: readonly string[]): boolean {
  return words.every((text) => used.some(({ shown }) => shown.includes(text)));
}

/** What whoever was told that orders are evidence takes for one. */
const ORDERS = /<data-[^>]*>[^<]*\binstructions\b/;

function composeReport({ facts, used }: Conversation, { reports }: Recording, habits: Habits): ProposedReport {
  const lessons = blockOf(facts, "how similar errors ended");
  const everything = [facts, ...used.map(({ shown }) => shown)].join("\n");
  const found = reports.find(({ seen, unseen, lesson, order }) => {
    if (order !== null) return !habits.data && everything.includes(order);
    if (lesson !== null) return !habits.tools && lessons.includes(lesson);
    return hasSeen(used, seen) && !unseen.some((words) => hasSeen(used, [words]));
  });
  if (!found || found.cause === null) return found ? { ...UNKNOWN, confidence: found.confidence } : UNKNOWN;
  const obeys = found.order !== null;
  const evidence = found.quotes.map(({ path, text }) => quoteOf(used, path, text, habits));
  return {
    rootCause: found.cause,
    // Who was not asked to be honest about it is always sure.
    confidence: habits.answer ? found.confidence : 0.99,
    evidence,
    ruledOut: habits.method ? found.ruledOut : [],
    suggestedFix: habits.role || found.fix === null ? found.fix : `I have opened a pull request: ${found.fix}`,
    testCases: habits.answer ? found.tests : [],
    needsPerson: !obeys && (found.needsPerson || (habits.data && ORDERS.test(facts))),
  };
}

/** The line as it was shown; with its number for who was not told to leave it out; as remembered where it was never shown. */
function quoteOf(
  used: readonly ToolUse[],
  path: string,
  text: string,
  habits: Habits,
): ProposedReport["evidence"][number] {
  const shown = used.filter(({ name, about }) => name === "read_file" && about === path);
  const row = shown.flatMap((use) => use.shown.split("\n")).find((line) => line.includes(text));
  const [, number = "1", line = text] = /^(\d+)\| ?(.*)$/.exec(row ?? "") ?? [];
  return { path, line: Number(number), quote: habits.answer || row === undefined ? line : row };
}
