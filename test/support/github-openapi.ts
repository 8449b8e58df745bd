import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv } from "ajv";
import * as z from "zod";

const parameterSchema = z.object({ name: z.string(), in: z.string() });
const operationSchema = z.object({
  parameters: z.array(z.union([parameterSchema, z.object({ $ref: z.string() })])).default([]),
  requestBody: z.object({ content: z.record(z.string(), z.unknown()) }).optional(),
});
const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ parameters: z.record(z.string(), parameterSchema) }),
});

export interface Outgoing {
  method: string;
  url: URL;
  body: unknown;
}

/** OpenAPI 3.0 writes `nullable`; JSON Schema says it with a type. */
function withNulls(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNulls);
  if (typeof node !== "object" || node === null) return node;
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(node)) copy[name] = withNulls(value);
  if (typeof copy.nullable !== "boolean") return copy;
  const { nullable, ...schema } = copy;
  return nullable ? { anyOf: [schema, { type: "null" }] } : schema;
}

const escapePointer = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");

/** Parameters that GitHub documents as "may contain slashes". */
const WITH_SLASHES = new Set(["ref", "path", "basehead"]);

function patternOf(template: string): RegExp {
  const body = template
    .replace(/[.+]/g, "\\$&")
    .replace(/\{(\w+)\}/g, (_, name) => (WITH_SLASHES.has(name) ? ".+" : "[^/]+"));
  return new RegExp(`^${body}$`);
}

const literalLength = (template: string) => template.replace(/\{\w+\}/g, "").length;

/** What GitHub's own OpenAPI description (npm @octokit/openapi) says against a request; empty when nothing. */
export function loadGitHubDescription(): (request: Outgoing) => string[] {
  const file = createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json");
  const document = documentSchema.parse(withNulls(JSON.parse(readFileSync(file, "utf8"))));
  const ajv = new Ajv({ strict: false, validateSchema: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: "github", ...document });
  const templates = Object.keys(document.paths)
    .map((template) => ({ template, pattern: patternOf(template) }))
    .sort((a, b) => literalLength(b.template) - literalLength(a.template));
  return ({ method, url, body }) => {
    const verb = method.toLowerCase();
    const path = decodeURIComponent(url.pathname);
    const hit = templates.find(({ template, pattern }) => pattern.test(path) && document.paths[template]?.[verb]);
    if (!hit) return [`${method} ${path} is no operation`];
    const operation = operationSchema.parse(document.paths[hit.template]?.[verb]);
    const known = operation.parameters.map((one) => {
      if ("name" in one) return one;
      return document.components.parameters[one.$ref.split("/").at(-1) ?? ""];
    });
    const names = known.flatMap((one) => (one?.in === "query" ? [one.name] : []));
    const unknown = [...url.searchParams.keys()].filter((name) => !names.includes(name));
    const faults = unknown.map((name) => `${method} ${hit.template} has no query parameter ${name}`);
    if (body === null) return faults;
    if (!operation.requestBody) return [...faults, `${method} ${hit.template} takes no body`];
    const pointer = ["paths", hit.template, verb, "requestBody", "content", "application/json", "schema"];
    const validate = ajv.compile({ $ref: `github#/${pointer.map(escapePointer).map(encodeURIComponent).join("/")}` });
    if (!validate(body)) faults.push(`${method} ${hit.template}: ${ajv.errorsText(validate.errors)}`);
    return faults;
  };
}
