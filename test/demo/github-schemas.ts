import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import * as z from "zod";

const require = createRequire(import.meta.url);
const readJson = (name: string): unknown => JSON.parse(readFileSync(require.resolve(name), "utf8"));

/** OpenAPI 3.0 says `nullable`; JSON Schema has no such word. An enum there need not name null. */
function withNulls(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withNulls);
  if (typeof node !== "object" || node === null) return node;
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([name, value]) => [name, withNulls(value)]),
  );
  // The list of installations describes an account as a user and an enterprise at once; the single one says either.
  if (
    Array.isArray(rest.allOf) &&
    JSON.stringify(rest.allOf.map((one) => one.title)) === '["Simple User","Enterprise"]'
  ) {
    return withNulls({ nullable, anyOf: rest.allOf });
  }
  if (nullable === true) return { anyOf: [rest, { type: "null" }] };
  return typeof nullable === "boolean" || nullable === undefined ? rest : { nullable, ...rest };
}

function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, validateSchema: false, allErrors: true });
  formats.default(ajv);
  // A bot's address holds the [bot] of its login, which is no address to ajv.
  ajv.addFormat("email", /^[^@\s]+@[^@\s]+$/);
  ajv.addFormat("repo.nwo", /^[^/]+\/[^/]+$/);
  return ajv;
}

const pointer = (parts: string[]): string =>
  parts.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/");

const explain = (validate: ValidateFunction): string[] =>
  (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);

const Description = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.looseObject({ responses: z.record(z.string(), z.unknown()) }),
});
const Operation = z.object({
  responses: z.record(
    z.string(),
    z.union([z.object({ $ref: z.string() }), z.object({ content: z.record(z.string(), z.unknown()).optional() })]),
  ),
});

/**
 * What GitHub's OpenAPI description says against an answer: `template` is the route as the description writes it.
 * An answer with a status that the description does not know for the route is a fault too.
 */
export function loadResponseCheck(): (method: string, template: string, status: number, body: unknown) => string[] {
  const description = Description.parse(withNulls(readJson("@octokit/openapi/generated/api.github.com.json")));
  const ajv = createAjv();
  ajv.addSchema({ $id: "github", ...description });
  return (method, template, status, body) => {
    const verb = method.toLowerCase();
    const found = description.paths[template]?.[verb];
    if (!found) return [`${method} ${template} is not in the description`];
    const response = Operation.parse(found).responses[String(status)];
    if (!response) return [`${method} ${template} has no answer ${status}`];
    const at =
      "$ref" in response ? response.$ref.slice(2).split("/") : ["paths", template, verb, "responses", String(status)];
    const content =
      "$ref" in response
        ? (description.components.responses[at.at(-1) ?? ""] as { content?: object }).content
        : response.content;
    if (!content || !("application/json" in content))
      return body === undefined || body === "" ? [] : [`${method} ${template} answers ${status} without a body`];
    const validate = ajv.compile({ $ref: `github#/${pointer([...at, "content", "application/json", "schema"])}` });
    return validate(body) ? [] : explain(validate);
  };
}

/** What npm @octokit/webhooks-schemas says against a webhook's body; it allows no field that it does not know. */
export function loadWebhookCheck(): (event: string, payload: Record<string, unknown>) => string[] {
  const schema = z
    .looseObject({ definitions: z.record(z.string(), z.unknown()) })
    .parse(readJson("@octokit/webhooks-schemas"));
  const ajv = createAjv();
  ajv.addSchema({ ...schema, $id: "webhooks" });
  return (event, payload) => {
    const exact = `${event}$${payload.action}`;
    const name = exact in schema.definitions ? exact : `${event}$event`;
    if (!(name in schema.definitions)) return [`${exact} is not in the schemas`];
    const validate = ajv.compile({ $ref: `webhooks#/definitions/${encodeURIComponent(name)}` });
    return validate(payload) ? [] : explain(validate);
  };
}
