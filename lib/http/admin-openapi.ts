import * as z from "zod";
import { correctionInputSchema } from "../incidents/decide-correction.ts";
import {
  deliveryViewSchema,
  incidentStorySchema,
  incidentViewSchema,
  jobStateSchema,
  jobViewSchema,
  pageOf,
  timelineViewSchema,
} from "../insight/model.ts";
import { lessonChangesSchema, lessonViewSchema } from "../investigate/lesson-model.ts";
import { gapReportSchema } from "../reconcile/model.ts";

export const controlsInputSchema = z.strictObject({
  stopped: z.boolean(),
  reason: z.string().trim().max(500).nullable().default(null),
});
export const causeInputSchema = z.strictObject({ causeId: z.string().max(60).nullable() });
export const snoozeInputSchema = z.strictObject({ until: z.iso.datetime({ offset: true }).nullable() });
/** Nothing: an offer is asked for. `token` or `approvalId`: that offer is approved. */
export const moveInputSchema = z.strictObject({
  token: z.string().min(1).max(200).optional(),
  approvalId: z.string().min(1).max(60).optional(),
});
const moveSchema = z.object({ id: z.string(), asked: z.boolean(), approved: z.boolean() });
/** What a person corrects of a lesson, and why. */
export const lessonPatchSchema = lessonChangesSchema.safeExtend({
  reason: z.string().trim().max(500).nullable().default(null),
});
const forgottenSchema = z.object({ id: z.string(), forgotten: z.boolean() });
const correctedSchema = z.object({ id: z.string(), priority: correctionInputSchema.shape.priority });
const snoozeSchema = z.object({ id: z.string(), until: z.iso.datetime({ offset: true }).nullable() });
const pauseSchema = z.object({ id: z.string(), paused: z.boolean() });
const retriedSchema = z.object({ id: z.string(), retried: z.literal(true) });
const supersededSchema = z.object({ id: z.string(), superseded: z.literal(true) });
const handedOverSchema = z.object({
  issueNumber: z.number().int(),
  mode: z.enum(["plan", "implement"]),
  queued: z.literal(true),
});
const causeSchema = z.object({ id: z.string(), causeId: z.string().nullable() });
const breakerSchema = z.object({ closed: z.boolean() });
const controlSchema = z.object({
  isStopped: z.boolean(),
  reason: z.string().nullable(),
  changedBy: z.string().nullable(),
  changedAt: z.iso.datetime().nullable(),
});
const requeuedSchema = z.object({ id: z.string(), state: z.literal("pending") });
const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string(), requestId: z.string() }) });

const SCHEMAS = {
  Error: errorSchema,
  IncidentPage: pageOf(incidentViewSchema),
  IncidentStory: incidentStorySchema,
  Timeline: z.object({ items: z.array(timelineViewSchema) }),
  DeliveryPage: pageOf(deliveryViewSchema),
  GapReport: gapReportSchema,
  JobPage: pageOf(jobViewSchema),
  Requeued: requeuedSchema,
  Cause: causeSchema,
  Breaker: breakerSchema,
  Snooze: snoozeSchema,
  Corrected: correctedSchema,
  Lesson: lessonViewSchema,
  LessonPage: pageOf(lessonViewSchema),
  Forgotten: forgottenSchema,
  Pause: pauseSchema,
  Move: moveSchema,
  Retried: retriedSchema,
  Superseded: supersededSchema,
  HandedOver: handedOverSchema,
  Control: controlSchema,
} as const;

type Parameter = { name: string; in: "query" | "path"; required: boolean; description: string; schema: unknown };

const query = (name: string, description: string, schema: unknown): Parameter => ({
  name,
  in: "query",
  required: false,
  description,
  schema,
});
const PAGE: Parameter[] = [
  query("limit", "How many items; 1 to 100, 25 unless given", {
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: 25,
  }),
  query("cursor", "`nextCursor` of the page before", { type: "string" }),
];
const inPath = (name: string, description: string): Parameter => ({
  name,
  in: "path",
  required: true,
  description,
  schema: { type: "string" },
});
const LESSON = inPath("id", "The lesson's id");
const ISSUE = inPath("number", "The number of an issue of the target repository");
const INCIDENT = inPath("id", "The incident's id or its number");

function operation(
  summary: string,
  scope: "read" | "operate",
  answers: keyof typeof SCHEMAS,
  more: { parameters?: Parameter[]; body?: z.ZodType; status?: 200 | 202 } = {},
) {
  const json = (name: keyof typeof SCHEMAS) => ({
    "application/json": { schema: { $ref: `#/components/schemas/${name}` } },
  });
  return {
    summary,
    description: `Needs the scope ${scope}.`,
    ...(more.parameters && { parameters: more.parameters }),
    ...(more.body && {
      requestBody: { required: true, content: { "application/json": { schema: jsonSchema(more.body, "input") } } },
    }),
    responses: {
      [more.status ?? 200]: { description: more.status === 202 ? "Queued" : "Done", content: json(answers) },
      default: { description: "Refused or failed", content: json("Error") },
    },
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: "draft-2020-12" });
  return rest;
}

/** The OpenAPI 3.1 description of the admin API, made from the schemas that it answers by. */
export function composeOpenApi(publicUrl: string | null): Record<string, unknown> {
  const state = query("state", "Only jobs in this state", jsonSchema(jobStateSchema, "input"));
  const after = query("after", "Only entries after this `seq`", { type: "integer", minimum: 0, default: 0 });
  return {
    openapi: "3.1.0",
    info: { title: "Patchpilot admin API", version: "1", description: "Lists are newest first and paged by cursor." },
    ...(publicUrl && { servers: [{ url: publicUrl }] }),
    security: [{ adminToken: [] }],
    paths: {
      "/api/admin/incidents": { get: operation("List incidents", "read", "IncidentPage", { parameters: PAGE }) },
      "/api/admin/incidents/{id}": {
        get: operation("One incident with its whole story", "read", "IncidentStory", { parameters: [INCIDENT] }),
      },
      "/api/admin/incidents/{id}/timeline": {
        get: operation("An incident's timeline, oldest first", "read", "Timeline", { parameters: [INCIDENT, after] }),
      },
      "/api/admin/deliveries": {
        get: operation("List webhooks as they came", "read", "DeliveryPage", { parameters: PAGE }),
      },
      "/api/admin/gaps": {
        get: operation("What polling alone brought in the last 24 hours", "read", "GapReport"),
      },
      "/api/admin/jobs": { get: operation("List jobs", "read", "JobPage", { parameters: [...PAGE, state] }) },
      "/api/admin/jobs/{id}/requeue": {
        post: operation("Let a dead job live again", "operate", "Requeued", {
          parameters: [inPath("id", "The job's id")],
        }),
      },
      "/api/admin/controls": {
        get: operation("Read the kill switch", "read", "Control"),
        post: operation("Turn the kill switch", "operate", "Control", { body: controlsInputSchema }),
      },
      "/api/admin/incidents/{id}/cause": {
        post: operation("Say what an incident is a symptom of, or that it is none", "operate", "Cause", {
          body: causeInputSchema,
        }),
      },
      "/api/admin/incidents/{id}/snooze": {
        post: operation("Say until when nothing is told or done about an incident", "operate", "Snooze", {
          body: snoozeInputSchema,
        }),
      },
      "/api/admin/incidents/{id}/rollback": {
        post: operation(
          "Ask for an offer to move production to another deployment, or approve one",
          "operate",
          "Move",
          {
            parameters: [INCIDENT],
            body: moveInputSchema,
            status: 202,
          },
        ),
      },
      "/api/admin/incidents/{id}/postmortem": {
        get: {
          summary: "The draft of an incident's postmortem, from recorded facts",
          description: "Needs the scope read.",
          parameters: [INCIDENT],
          responses: {
            200: { description: "Done", content: { "text/markdown": { schema: { type: "string" } } } },
            default: {
              description: "Refused or failed",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
            },
          },
        },
      },
      "/api/admin/incidents/{id}/pause": {
        post: operation("Hold an incident's repairs", "operate", "Pause"),
      },
      "/api/admin/incidents/{id}/resume": {
        post: operation("Let a paused incident's repairs go on", "operate", "Pause"),
      },
      "/api/admin/incidents/{id}/retry": {
        post: operation("Have an incident tried again that waits for a person", "operate", "Retried", {
          parameters: [INCIDENT],
        }),
      },
      "/api/admin/incidents/{id}/supersede": {
        post: operation("Begin a new attempt in place of what is at work", "operate", "Superseded", {
          parameters: [INCIDENT],
        }),
      },
      "/api/admin/issues/{number}/plan": {
        post: operation("Hand an issue over for a plan", "operate", "HandedOver", { parameters: [ISSUE], status: 202 }),
      },
      "/api/admin/issues/{number}/implement": {
        post: operation(
          "Hand an issue over: planned, and done where its plan needs no approval",
          "operate",
          "HandedOver",
          {
            parameters: [ISSUE],
            status: 202,
          },
        ),
      },
      "/api/admin/incidents/{id}/triage": {
        post: operation("Say how urgent an incident is, or take that back", "operate", "Corrected", {
          parameters: [INCIDENT],
          body: correctionInputSchema,
        }),
      },
      "/api/admin/lessons": {
        get: operation("List what ended incidents taught", "read", "LessonPage", { parameters: PAGE }),
      },
      "/api/admin/lessons/{id}": {
        get: operation("One lesson with what people corrected", "read", "Lesson", { parameters: [LESSON] }),
        patch: operation("Correct a lesson", "operate", "Lesson", { parameters: [LESSON], body: lessonPatchSchema }),
        delete: operation("Forget a lesson", "operate", "Forgotten", { parameters: [LESSON] }),
      },
      "/api/metrics": {
        get: {
          summary: "Figures of everything, for Prometheus",
          description: "Needs the scope read.",
          responses: {
            200: { description: "Done", content: { "text/plain": { schema: { type: "string" } } } },
            default: {
              description: "Refused or failed",
              content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
            },
          },
        },
      },
      "/api/admin/breaker/close": { post: operation("Close the storm breaker", "operate", "Breaker") },
    },
    components: {
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema, "output")]),
      ),
      securitySchemes: { adminToken: { type: "http", scheme: "bearer" } },
    },
  };
}
