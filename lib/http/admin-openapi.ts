import * as z from "zod";
import {
  deliveryViewSchema,
  incidentStorySchema,
  incidentViewSchema,
  jobStateSchema,
  jobViewSchema,
  pageOf,
  timelineViewSchema,
} from "../insight/model.ts";
import { gapReportSchema } from "../reconcile/model.ts";

export const controlsInputSchema = z.strictObject({
  stopped: z.boolean(),
  reason: z.string().trim().max(500).nullable().default(null),
});
export const causeInputSchema = z.strictObject({ causeId: z.string().max(60).nullable() });
export const snoozeInputSchema = z.strictObject({ until: z.iso.datetime({ offset: true }).nullable() });
const snoozeSchema = z.object({ id: z.string(), until: z.iso.datetime({ offset: true }).nullable() });
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
const INCIDENT = inPath("id", "The incident's id or its number");

function operation(
  summary: string,
  scope: "read" | "operate",
  answers: keyof typeof SCHEMAS,
  more: { parameters?: Parameter[]; body?: z.ZodType } = {},
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
      200: { description: "Done", content: json(answers) },
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
