import * as z from "zod";

/*
 * An investigation as it is shown; what it is, is said in lib/investigate/compose-investigation.ts and evidence-model.ts.
 * Stored ones may be older than any part of this: what is not there, or is of another shape, is null, and nothing fails.
 */

const text = z.string().nullable();

const changeSchema = z.union([
  z.object({ sha: z.string(), certainty: z.enum(["likely", "possible"]) }),
  z.object({ unknown: z.string() }),
]);

const commitSchema = z.object({
  sha: z.string(),
  score: z.number(),
  reasons: z.array(z.string()),
  author: z.string(),
  message: z.string(),
  date: z.string().nullish().catch(null),
  pullRequest: z.object({ number: z.number().int(), title: z.string(), url: z.string() }).nullish().catch(null),
});
export type CommitView = z.infer<typeof commitSchema>;

const excerptSchema = z.object({
  path: z.string(),
  line: z.number(),
  function: text,
  url: z.string(),
  lines: z.array(z.object({ number: z.number(), text: z.string() })),
});

const relatedSchema = z.object({
  kind: z.string(),
  number: z.number().int(),
  title: z.string(),
  url: z.string(),
  updatedAt: z.string(),
});

const spreadSchema = z.object({
  key: z.string(),
  at: z.string(),
  total: z.number(),
  values: z.array(z.object({ value: z.string(), count: z.number() })),
});

/** Each list by itself: one that is of another shape is empty. */
export const evidenceViewSchema = z.object({
  event: z.object({ id: z.string(), at: text, url: text }).nullish().catch(null),
  breadcrumbs: z.array(z.object({ at: text, category: text, level: text, text: z.string() })).catch([]),
  timeline: z.array(z.object({ at: z.string(), text: z.string(), url: text })).catch([]),
  spreads: z.array(spreadSchema).catch([]),
  code: z.array(excerptSchema).catch([]),
  related: z.array(relatedSchema).catch([]),
  unknown: z.array(z.string()).catch([]),
});
export type EvidenceView = z.infer<typeof evidenceViewSchema>;

const lines = z.array(z.string()).default([]).catch([]);
const reportSchema = z.object({
  rootCause: text,
  confidence: z.number(),
  evidence: z
    .array(z.object({ path: z.string(), line: z.number(), quote: z.string() }))
    .default([])
    .catch([]),
  ruledOut: lines,
  suggestedFix: text.default(null).catch(null),
  testCases: lines,
  needsPerson: z.boolean().default(false).catch(false),
  notes: lines,
});

const lessonSchema = z.object({
  incidentId: z.string(),
  outcome: z.string(),
  summary: z.string(),
  pullRequestUrl: z.string().nullish().catch(null),
  /** How it ended, why it is thought to be alike, what not to repeat. */
  lines: z.array(z.string()).optional(),
});

export const investigationViewSchema = z.object({
  summary: z.string(),
  /** The commit that most likely brought it, or why that is not known. */
  change: changeSchema.nullish().catch(null),
  owners: z
    .array(z.object({ path: z.string(), owners: z.array(z.string()) }))
    .nullish()
    .catch(null),
  /** What an investigator made of it; null rootCause: not sure enough to say. */
  report: reportSchema.nullish().catch(null),
  /** How a model's look at it ended; null: none was asked, or it is not over. */
  inquiry: z.object({ detail: z.string(), model: z.string() }).nullish().catch(null),
  evidence: evidenceViewSchema.nullish().catch(null),
  /** What was looked at. */
  commit: z.object({ sha: z.string(), isRelease: z.boolean() }).nullish().catch(null),
  webUrl: z.string().nullish().catch(null),
  errorType: text,
  errorMessage: text,
  request: text,
  stack: z.array(z.string()),
  suspects: z.array(z.object({ path: z.string(), score: z.number(), reasons: z.array(z.string()) })),
  commits: z.array(commitSchema),
  notes: z.array(z.string()),
  lessons: z.array(lessonSchema),
});
export type InvestigationView = z.infer<typeof investigationViewSchema>;
