import * as z from "zod";
import { INCIDENT_STATES } from "../incidents/model.ts";
import { INQUIRY_ENDS, TOOL_INPUTS } from "../investigate/inquiry-model.ts";
import { LESSON_OUTCOMES } from "../investigate/lesson-model.ts";
import { STAGES, WRITE_STAGES } from "../kernel/write.ts";

const text = z.string();
const texts = z.array(text);
const minutes = z.number().min(0);
/** A regular expression, read without regard to case. */
const pattern = text.refine((source) => {
  try {
    return new RegExp(source, "i") instanceof RegExp;
  } catch {
    return false;
  }
}, "is no regular expression");
/** What has to be in a text, and what may not be, word for word. */
const contents = z.strictObject({ contains: texts.default([]), lacks: texts.default([]) });

const frame = z.strictObject({
  file: text,
  function: text.nullable().default(null),
  line: z.number().int().nullable().default(null),
  inApp: z.boolean().default(true),
  context: text.nullable().default(null),
});

/** One error as its source knows it. Times count back from the case's beginning. */
const errorSchema = z.strictObject({
  issueId: text.default("4711"),
  title: text,
  type: text,
  message: text,
  level: text.default("error"),
  environment: text.nullable().default("production"),
  /** The name of a commit, or any text; null: none is told. */
  release: text.nullable().default("head"),
  handled: z.boolean().default(false),
  /** In Sentry's order, the crash frame last. */
  frames: z.array(frame).default([]),
  request: z.strictObject({ method: text, url: text }).nullable().default(null),
  tags: z.record(text, text).default({}),
  events: z.number().int().default(240),
  users: z.number().int().default(85),
  firstSeenMinutesAgo: minutes.default(90),
  status: z.enum(["unresolved", "resolved", "archived"]).default("unresolved"),
  /** Whether the source's API has an event of it. */
  hasEvent: z.boolean().default(true),
});

const deliverySchema = z.strictObject({
  /** `alert` and `issue`: Sentry's webhooks of an event alert and of a new issue; `github_issue`: GitHub's of an issue. */
  send: z.enum(["alert", "issue", "github_issue"]),
  /** So many different issues, each with a name of its own in the crash. */
  issues: z.number().int().min(1).default(1),
  /** How often the same bytes come. */
  copies: z.number().int().min(1).default(1),
  isForged: z.boolean().default(false),
  afterMinutes: minutes.default(0),
});

const lessonSchema = z.strictObject({
  outcome: z.enum(LESSON_OUTCOMES).default("recovered"),
  type: text,
  message: text,
  frames: z.array(frame),
  fixFiles: texts,
  cause: text.nullable().default(null),
  summary: text,
  failed: z.array(z.strictObject({ why: text, files: texts })).default([]),
});

/** What the recorded model makes of what it read; see test/evals/recorded-model.ts. */
const recordingSchema = z.strictObject({
  /** Whoever follows a value reads on where these words were shown. */
  leads: z.array(z.strictObject({ seen: texts, reads: texts })).default([]),
  /** The first whose `seen` were all shown in files, and whose `unseen` were not, is the answer. */
  reports: z
    .array(
      z.strictObject({
        seen: texts.default([]),
        unseen: texts.default([]),
        /** Words of a lesson: whoever was not told that lessons age believes this one without looking. */
        lesson: text.nullable().default(null),
        /** Words of an order in what was read: whoever was not told that it is data obeys. */
        order: text.nullable().default(null),
        cause: text.nullable(),
        confidence: z.number(),
        quotes: z.array(z.strictObject({ path: text, text })).default([]),
        fix: text.nullable().default(null),
        tests: texts.default([]),
        ruledOut: texts.default([]),
        needsPerson: z.boolean().default(false),
      }),
    )
    .default([]),
});
export type Recording = z.infer<typeof recordingSchema>;

const MODEL_KINDS = ["recorded", "none", "hostile", "away", "refuses", "loops"] as const;

const expectedSchema = z.strictObject({
  /** What the door answered the first delivery. */
  answer: z.strictObject({ status: z.number(), outcome: text.nullable().optional() }).default({ status: 202 }),
  decision: z.enum(["refused", "nothing", "repair", "watch", "ignore", "wait", "person"]),
  state: z.enum(INCIDENT_STATES).nullable().optional(),
  priority: z.enum(["P0", "P1", "P2", "P3"]).nullable().optional(),
  incidents: z.number().int().default(1),
  issues: z.number().int().default(1),
  repairs: z.number().int().optional(),
  issue: contents.prefault({}),
  brief: contents.prefault({}),
  /** What the model was sent. */
  prompt: contents.prefault({}),
  timeline: contents.prefault({}),
  /** Kinds of writes that may have been made; others fail the case. */
  writes: z
    .array(z.enum(Object.keys(WRITE_STAGES) as [keyof typeof WRITE_STAGES]))
    .default(["github.issue", "github.comment", "github.label"]),
  tools: z.array(z.enum(Object.keys(TOOL_INPUTS) as [keyof typeof TOOL_INPUTS])).default([]),
  inquiry: z.enum(INQUIRY_ENDS).nullable().optional(),
  /** Whether a cause is asserted at all; left out: it does not matter. */
  isCauseAsserted: z.boolean().optional(),
});
export type Expected = z.infer<typeof expectedSchema>;

/** What is really wrong, to measure a diagnosis by. */
const truthSchema = z.strictObject({
  file: text,
  /** All of them are in a right cause, and none of `not`. null: only the file is known. */
  cause: z.array(pattern).nullable().default(null),
  not: z.array(pattern).default([]),
});
export type Truth = z.infer<typeof truthSchema>;

/** One recorded incident, whole. */
export const caseSchema = z.strictObject({
  name: text,
  title: text,
  stage: z.enum(STAGES).default("repair"),
  dryRun: z.boolean().default(false),
  /** What is due by then after the last delivery is played; by default as long as a model may take, and some more. */
  playedMinutes: minutes.default(8),
  policy: z.record(text, z.unknown()).default({}),
  /** Files of the first commit. */
  files: z.record(text, text).default({}),
  commits: z
    .array(
      z.strictObject({
        name: text,
        message: text,
        author: text.default("ann"),
        minutesAgo: minutes,
        files: z.record(text, text),
        /** Deployed this many minutes ago; null: never. */
        deployedMinutesAgo: minutes.nullable().default(null),
      }),
    )
    .default([]),
  error: errorSchema,
  deliveries: z
    .array(deliverySchema)
    .default([{ send: "alert", issues: 1, copies: 1, isForged: false, afterMinutes: 0 }]),
  /** An issue that is on the code host already. */
  issue: z
    .strictObject({ title: text, body: text, author: text.default("sentry-io[bot]") })
    .nullable()
    .default(null),
  /** Providers that do not answer. */
  away: z.array(z.enum(["vercel", "sentry", "posthog"])).default([]),
  lessons: z.array(lessonSchema).default([]),
  /** Product events an hour: in the same hour of earlier weeks, and in the last one. */
  product: z.strictObject({ event: text, usual: z.number(), now: z.number() }).nullable().default(null),
  /** One group of spans: its p95 in earlier weeks and now. */
  spans: z.strictObject({ transaction: text, usualMs: z.number(), nowMs: z.number() }).nullable().default(null),
  model: z
    .strictObject({
      kind: z.enum(MODEL_KINDS).default("recorded"),
      /** The case is about what this answer leads to, so that a real model is never asked in its place. */
      isAlwaysRecorded: z.boolean().default(false),
      recording: recordingSchema.prefault({}),
    })
    .prefault({}),
  /** Words that may leave in no text at all. */
  secrets: texts.default([]),
  expect: expectedSchema,
  truth: truthSchema.nullable().default(null),
});
export type EvalCase = z.infer<typeof caseSchema>;
