import { AppError } from "../kernel/errors.ts";
import { fencedText } from "../kernel/untrusted-text.ts";
import type { ToolCall, ToolResult } from "../llm/model.ts";
import type { ToolSpec } from "../llm/ports.ts";
import type { Investigation } from "./compose-investigation.ts";
import { suspicionsOf } from "./compose-suspicions.ts";
import { decideReadable } from "./decide-readable.ts";
import { type Suspicion, TOOL_INPUTS, type ToolName } from "./inquiry-model.ts";
import type { CodeHistory, CodeView } from "./ports.ts";
import { shownLines } from "./read-shown-lines.ts";
import { renderCommits, renderData, renderEvent, renderLessons, renderLines, SHOWN } from "./render-facts.ts";

/** What tools look at: one incident, one commit. */
export interface ToolFacts {
  title: string;
  found: Investigation;
  sha: string;
  /** Every file at `sha`. */
  paths: ReadonlySet<string>;
  mark: string;
}

export interface ToolOutside {
  history: Pick<CodeHistory, "readTexts">;
  view: CodeView;
}

/** A tool's answer, with what in it gave orders. */
export interface Used {
  result: ToolResult;
  suspicions: Suspicion[];
}

const DESCRIPTIONS: Record<ToolName, string> = {
  read_file: "Numbered lines of one file at the failing commit; at most 200 in one answer.",
  search_code: "Files and lines that hold a word or phrase, at the failing commit.",
  list_commits: "The last commits that touched a file, newest first.",
  read_event: "The error as its source tells it: type, message, stack, request.",
  similar_incidents: "How similar errors ended before.",
};

/** The tools as a model is told of them. None of them can change anything. */
export const INQUIRY_TOOLS: readonly ToolSpec[] = (Object.keys(TOOL_INPUTS) as ToolName[]).map((name) => ({
  name,
  description: DESCRIPTIONS[name],
  input: TOOL_INPUTS[name],
}));

const MOST_LINES = 200;
const MOST_COMMITS = 10;
const MOST_FILES_SEARCHED = 10;
const MOST_HITS_A_FILE = 4;
const LEAST_QUERY = 2;
const MOST_QUERY = 160;

type Said = { text: string; suspicions?: Suspicion[]; isError?: boolean };
const refused = (text: string): Said => ({ text: `refused: ${text}`, isError: true });

/**
 * Does what a model asked for, as far as it may: arguments are validated, only files of the tree that hold no secrets are
 * read, everything is redacted, bounded and marked as data. What fails is told to the model and never thrown.
 */
export async function useTool(outside: ToolOutside, facts: ToolFacts, call: ToolCall): Promise<Used> {
  const said = await say(outside, facts, call);
  const result = { callId: call.id, name: call.name, text: said.text, isError: said.isError ?? false };
  return { result, suspicions: said.suspicions ?? [] };
}

async function say(outside: ToolOutside, facts: ToolFacts, call: ToolCall): Promise<Said> {
  const { name, input } = call;
  if (!Object.hasOwn(TOOL_INPUTS, name))
    return refused(`there is no such tool; there are ${Object.keys(TOOL_INPUTS).join(", ")}`);
  try {
    switch (name as ToolName) {
      case "read_file":
        return await withInput(TOOL_INPUTS.read_file, input, (args) => readFile(outside, facts, args));
      case "search_code":
        return await withInput(TOOL_INPUTS.search_code, input, ({ query }) => searchCode(outside, facts, query));
      case "list_commits":
        return await withInput(TOOL_INPUTS.list_commits, input, ({ path }) => listCommits(outside, facts, path));
      case "read_event":
        return await withInput(TOOL_INPUTS.read_event, input, async () => readEvent(facts));
      case "similar_incidents":
        return await withInput(TOOL_INPUTS.similar_incidents, input, async () => readLessons(facts));
    }
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    return { text: `not available now: ${thrown.code}`, isError: true };
  }
}

interface InputSchema<T> {
  safeParse(
    value: unknown,
  ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[] }[] } };
}

async function withInput<T>(schema: InputSchema<T>, input: unknown, use: (input: T) => Promise<Said>): Promise<Said> {
  const read = schema.safeParse(input);
  if (read.success) return use(read.data);
  const place = read.error.issues[0]?.path.join(".") || "the whole";
  return refused(`the arguments are not of their shape, at ${place}`);
}

/** A line number as a model may write it: huge, negative, broken. */
function lineNumber(value: number | null, otherwise: number, most: number): number {
  if (value === null || !Number.isFinite(value)) return otherwise;
  return Math.min(most, Math.max(1, Math.trunc(value)));
}

async function readText(outside: ToolOutside, sha: string, path: string): Promise<string[] | null> {
  const text = (await outside.history.readTexts([path], sha)).get(path) ?? null;
  return text === null ? null : shownLines(text);
}

async function readFile(
  outside: ToolOutside,
  facts: ToolFacts,
  args: { path: string; from: number | null; to: number | null },
): Promise<Said> {
  const readable = decideReadable(args.path, facts.paths);
  if (readable.type === "refused") return refused(readable.reason);
  const lines = await readText(outside, facts.sha, readable.path);
  if (lines === null) return refused("that file is no text");
  const from = lineNumber(args.from, 1, Math.max(1, lines.length));
  const to = Math.min(from + MOST_LINES - 1, lineNumber(args.to, lines.length, lines.length));
  const source = `${readable.path}, lines ${from} to ${Math.max(from, to)} of ${lines.length}`;
  const text = renderLines(lines, from, to);
  return {
    text: fencedText(text, { mark: facts.mark, source, limit: SHOWN.file }),
    suspicions: suspicionsOf(readable.path, text, "code"),
  };
}

/** Files that may hold the words: suspects, those named so, and those that the host's search knows, where it answers. */
async function candidates(outside: ToolOutside, facts: ToolFacts, query: string): Promise<string[]> {
  const found = await outside.view.findFiles(query, MOST_FILES_SEARCHED).catch((thrown: unknown) => {
    if (thrown instanceof AppError) return [];
    throw thrown;
  });
  const wanted = query.toLowerCase();
  const named = [...facts.paths].filter((path) => path.toLowerCase().includes(wanted)).slice(0, MOST_FILES_SEARCHED);
  const all = [...new Set([...found, ...facts.found.suspects.map(({ path }) => path), ...named])];
  return all.filter((path) => decideReadable(path, facts.paths).type === "readable").slice(0, MOST_FILES_SEARCHED);
}

async function searchCode(outside: ToolOutside, facts: ToolFacts, asked: string): Promise<Said> {
  const query = asked.replace(/\s+/g, " ").trim();
  if (query.length < LEAST_QUERY || query.length > MOST_QUERY) {
    return refused(`a query has ${LEAST_QUERY} to ${MOST_QUERY} characters`);
  }
  const paths = await candidates(outside, facts, query);
  const texts = await outside.history.readTexts(paths, facts.sha);
  const hits = paths.flatMap((path) => {
    const lines = shownLines(texts.get(path) ?? "");
    const at = lines.flatMap((line, index) => (line.toLowerCase().includes(query.toLowerCase()) ? [index + 1] : []));
    const shown = at.slice(0, MOST_HITS_A_FILE).map((number) => renderLines(lines, number, number));
    return shown.length > 0 ? [`${path}\n${shown.join("\n")}`] : [];
  });
  if (hits.length === 0) return { text: `nothing found in ${paths.length} files that were looked at` };
  const text = hits.join("\n");
  return {
    text: fencedText(text, {
      mark: facts.mark,
      source: `lines that hold ${JSON.stringify(query)}`,
      limit: SHOWN.search,
    }),
    suspicions: suspicionsOf("found code", text, "code"),
  };
}

async function listCommits(outside: ToolOutside, facts: ToolFacts, path: string | null): Promise<Said> {
  const readable = path === null ? null : decideReadable(path, facts.paths);
  if (readable?.type === "refused") return refused(readable.reason);
  const commits = await outside.view.listCommitsOf(facts.sha, readable?.path ?? null, MOST_COMMITS);
  const text = renderCommits(commits);
  const source = `commits of ${readable?.path ?? "the repository"}, newest first`;
  return {
    text: renderData(text || "none", { mark: facts.mark, source, limit: SHOWN.commits }),
    suspicions: suspicionsOf("a commit message", commits.map((commit) => commit.message).join("\n")),
  };
}

function readEvent({ title, found, mark }: ToolFacts): Said {
  const data = { mark, source: "the error, as its source tells it", limit: SHOWN.event };
  return { text: renderData(renderEvent(title, found), data) };
}

function readLessons({ found, mark }: ToolFacts): Said {
  return { text: renderData(renderLessons(found), { mark, source: "how similar errors ended", limit: SHOWN.lessons }) };
}
