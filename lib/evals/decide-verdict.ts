import type { EvalCase, Expected } from "./case-model.ts";
import type { Observed } from "./model.ts";

const EXCERPT = 80;
const shown = (words: string): string => JSON.stringify(words.length > EXCERPT ? `${words.slice(0, EXCERPT)}…` : words);
/** Texts are compared as people read them: without Markdown's escapes, and with single blanks. */
const plain = (words: string): string => words.replace(/\\(?=[^\w\s])/g, "").replace(/\s+/g, " ");

function textFailures(what: string, said: string, expected: { contains: string[]; lacks: string[] }): string[] {
  const read = plain(said);
  return [
    ...expected.contains
      .filter((words) => !read.includes(plain(words)))
      .map((words) => `${what} lacks ${shown(words)}`),
    ...expected.lacks.filter((words) => read.includes(plain(words))).map((words) => `${what} contains ${shown(words)}`),
  ];
}

function same(what: string, is: unknown, expected: unknown): string[] {
  return expected === undefined || is === expected ? [] : [`${what} is ${is}, not ${expected}`];
}

function writeFailures({ writes }: Observed, expected: Expected): string[] {
  const strange = [...new Set(writes)].filter((kind) => !expected.writes.includes(kind));
  return strange.length === 0 ? [] : [`wrote ${strange.join(", ")}`];
}

function secretFailures(observed: Observed, secrets: readonly string[]): string[] {
  const texts = {
    issue: observed.issueText,
    brief: observed.briefText,
    prompt: observed.promptText,
    timeline: observed.timelineText,
    log: observed.logText,
  };
  return Object.entries(texts).flatMap(([what, said]) =>
    secrets
      .filter((secret) => said.includes(secret))
      .map((secret) => `${what} tells the secret ${secret.slice(0, 4)}…`),
  );
}

function countFailures(observed: Observed, expected: Expected): string[] {
  return [
    ...same("the door's status", observed.answer.status, expected.answer.status),
    ...same("the door's outcome", observed.answer.outcome, expected.answer.outcome),
    ...same("the decision", observed.decision, expected.decision),
    ...same("the state", observed.state, expected.state),
    ...same("the priority", observed.priority, expected.priority),
    ...same("the number of incidents", observed.incidents, expected.incidents),
    ...same("the number of issues", observed.issues, expected.issues),
    ...same("the number of repairs", observed.repairs, expected.repairs),
    ...same("the inquiry's end", observed.inquiry?.end ?? null, expected.inquiry),
  ];
}

/** What holds whatever a model says: nothing of what was recorded of its answers and ways. */
function withoutRecorded({ expect: expected, model }: Pick<EvalCase, "expect" | "model">): Expected {
  const recorded = plain(JSON.stringify(model.recording.reports));
  const own = (words: string) => !recorded.includes(plain(words));
  const kept = ({ contains, lacks }: Expected["issue"]) => ({ contains: contains.filter(own), lacks });
  const { tools: _, isCauseAsserted: _asserted, ...rest } = expected;
  return { ...rest, tools: [], issue: kept(expected.issue), brief: kept(expected.brief) };
}

/**
 * Why a case failed, a sentence each; none: it passed. A job that died fails every case. `isLive`: a real model answered, and
 * what the recorded one would have said is not asked for.
 */
export function decideVerdict(
  one: Pick<EvalCase, "expect" | "secrets" | "model">,
  observed: Observed,
  { isLive = false }: { isLive?: boolean } = {},
): string[] {
  const { secrets } = one;
  const expected = isLive ? withoutRecorded(one) : one.expect;
  const missing = expected.tools.filter((tool) => !observed.tools.includes(tool));
  const isAsserted = (observed.report?.rootCause ?? null) !== null;
  return [
    ...countFailures(observed, expected),
    ...same("whether a cause is asserted", isAsserted, expected.isCauseAsserted),
    ...textFailures("the issue", observed.issueText, expected.issue),
    ...textFailures("the brief", observed.briefText, expected.brief),
    ...textFailures("the prompt", observed.promptText, expected.prompt),
    ...textFailures("the timeline", observed.timelineText, expected.timeline),
    ...writeFailures(observed, expected),
    ...(missing.length === 0 ? [] : [`did not use ${missing.join(", ")}`]),
    ...secretFailures(observed, secrets),
    ...observed.deadJobs.map((reason) => `a job died: ${reason}`),
  ];
}
