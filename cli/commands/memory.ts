import { parseArgs } from "node:util";
import { correctLesson, forgetLesson, getLesson, listLessons } from "../../lib/investigate/index.ts";
import { type LessonChanges, type LessonView, lessonChangesSchema } from "../../lib/investigate/lesson-model.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { DEFAULT_PROJECT_ID as projectId } from "../../lib/wiring/project.ts";
import { type Command, print, UsageError } from "../command.ts";
import { DATA_FOLDER, readCliConfig, withContext } from "../open.ts";

const OPTIONS = {
  cause: { type: "string" },
  outcome: { type: "string" },
  summary: { type: "string" },
  "fix-file": { type: "string", multiple: true },
  reason: { type: "string" },
  limit: { type: "string" },
  before: { type: "string" },
  apply: { type: "boolean" },
  json: { type: "boolean" },
  data: { type: "string" },
} as const;
type Values = ReturnType<typeof parse>["values"];

const parse = (args: string[]) => parseArgs({ args, allowPositionals: true, options: OPTIONS });
const DEFAULT_LIMIT = 25;
const MAX_LIMIT = 100;

/** What ended incidents taught. */
export const memory: Command = {
  name: "memory",
  summary: "what ended incidents taught: list, show, correct, forget",
  usage: `Usage: patchpilot memory [list] [--limit N] [--before SEQ] [--json]
       patchpilot memory show LESSON [--json]
       patchpilot memory correct LESSON [--outcome NAME] [--cause TEXT] [--summary TEXT] [--fix-file PATH]… [--reason TEXT] [--apply] [--json]
       patchpilot memory forget LESSON [--apply] [--json]

LESSON is an id (les_…). Outcomes: recovered, escalated, unfixable, false_alarm, regressed. A correction is kept with who
and when, over whatever is written later. How long lessons are kept: policy memory, docs/policy.md.

  --data FOLDER  where the embedded database lies when DATABASE_URL is not set (default: ${DATA_FOLDER})`,
  async run(args) {
    const { values, positionals } = parse(args);
    const [action = "list", id, ...rest] = positionals;
    if (rest.length > 0 || !Object.hasOwn(ACTIONS, action))
      throw new UsageError(`memory knows list, show, correct and forget, not ${positionals.join(" ")}`);
    if (action === "list" ? id !== undefined : id === undefined)
      throw new UsageError(`memory ${action} takes ${action === "list" ? "no" : "one"} lesson`);
    const act = ACTIONS[action as keyof typeof ACTIONS];
    await withContext(readCliConfig(), (ctx) => act(ctx, values, id ?? ""), values.data);
    return 0;
  },
};

const ACTIONS = { list, show, correct, forget };

function readNumber(name: string, text: string | undefined, most: number): number | null {
  if (text === undefined) return null;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > most) throw new UsageError(`--${name} is a whole number from 1 to ${most}, not ${text}`);
  return number;
}

async function list(ctx: Context, values: Values): Promise<void> {
  const limit = readNumber("limit", values.limit, MAX_LIMIT) ?? DEFAULT_LIMIT;
  const beforeSeq = readNumber("before", values.before, 999_999_999);
  const page = await listLessons(ctx, projectId, { limit, beforeSeq });
  print(page, values.json ?? false, ({ items, nextSeq }) =>
    [
      ...items.map((one) => `${one.id} ${one.createdAt.slice(0, 10)} ${one.summary}${correctedOf(one)}`),
      ...(items.length === 0 ? ["nothing was learned yet"] : []),
      ...(nextSeq === null ? [] : [`more: --before ${nextSeq}`]),
    ].join("\n"),
  );
}

async function show(ctx: Context, values: Values, id: string): Promise<void> {
  print(await getLesson(ctx, projectId, id), values.json ?? false, render);
}

async function correct(ctx: Context, values: Values, id: string): Promise<void> {
  const { cause, outcome, summary, "fix-file": fixFiles } = values;
  const read = lessonChangesSchema.safeParse({ cause, outcome, summary, fixFiles });
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new UsageError(`memory correct: ${issue?.path.join(".") || "it"}: ${issue?.message}`);
  }
  const changes = read.data;
  const lesson = values.apply
    ? await correctLesson(ctx, { projectId, id, changes, reason: values.reason ?? null })
    : correctedBy(await getLesson(ctx, projectId, id), changes);
  print(lesson, values.json ?? false, render);
  if (!values.apply) console.error("would be so; add --apply");
}

function correctedBy(lesson: LessonView, { cause, outcome, summary, fixFiles }: LessonChanges): LessonView {
  return {
    ...lesson,
    cause: cause ?? lesson.cause,
    outcome: outcome ?? lesson.outcome,
    summary: summary ?? lesson.summary,
    fixFiles: fixFiles ?? lesson.fixFiles,
  };
}

async function forget(ctx: Context, values: Values, id: string): Promise<void> {
  const lesson = await getLesson(ctx, projectId, id);
  if (values.apply) await forgetLesson(ctx, { projectId, id });
  print({ id, forgotten: values.apply ?? false }, values.json ?? false, () =>
    values.apply ? `forgotten: ${lesson.summary}` : `would forget: ${lesson.summary}; add --apply`,
  );
}

const correctedOf = ({ corrections }: LessonView): string => {
  const last = corrections.at(-1);
  return last ? ` [corrected by ${last.by}, ${last.at.slice(0, 10)}]` : "";
};

function render(lesson: LessonView): string {
  const facts: [string, string | null][] = [
    ["incident", lesson.incidentId],
    ["outcome", lesson.outcome],
    ["error", [lesson.errorType, lesson.errorMessage].filter(Boolean).join(": ") || null],
    ["cause", lesson.cause],
    ["changed", lesson.fixFiles.join(", ") || null],
    ["pull request", lesson.pullRequestUrl],
    ["verdict", lesson.verdict && JSON.stringify(lesson.verdict)],
  ];
  return [
    `${lesson.id} ${lesson.createdAt.slice(0, 10)}`,
    lesson.summary,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(13)}${value}`])),
    ...lesson.attempts.map(
      ({ attempt, outcome, why, files }) =>
        `  attempt ${attempt}    ${outcome}${why ? `: ${why}` : ""}${files.length > 0 ? ` (${files.join(", ")})` : ""}`,
    ),
    ...lesson.corrections.map(
      ({ at, by, reason, changes }) =>
        `  corrected    ${at.slice(0, 10)} by ${by}: ${Object.keys(changes).join(", ")}${reason ? `, ${reason}` : ""}`,
    ),
  ].join("\n");
}
