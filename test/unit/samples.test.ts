import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { explainDelivery } from "../../lib/intake/explain-delivery.ts";
import type { Source } from "../../lib/intake/model.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { verifyDelivery } from "../../lib/intake/verify-signature.ts";
import { SECRET, signedHeaders } from "../support/sign-delivery.ts";

const SAMPLES = join(import.meta.dirname, "../../../shared/samples");
const present = existsSync(join(SAMPLES, "signature-vectors.json"));

/** What is no delivery to us: answers of the providers' APIs, what we send, and GraphQL. */
const NO_DELIVERY =
  /^(?:api-|mcp-fixture|app-manifest|CONSTRUCTED-graphql|error-429|sendMessage|incoming-webhook)|\.rawbody\.txt$/;
const SOURCES: Source[] = ["sentry", "glitchtip", "vercel", "github", "telegram", "slack"];

interface Vector {
  name: string;
  source: Source;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer>;
  secret: string;
}

const bytesOf = (path: string) => new Uint8Array(readFileSync(join(SAMPLES, path)));

function readVectors(): Vector[] {
  const json = JSON.parse(readFileSync(join(SAMPLES, "signature-vectors.json"), "utf8"));
  const one = (
    name: string,
    source: Source,
    { header, signature, secret, raw_body }: Record<string, string>,
  ): Vector => {
    return {
      name,
      source,
      headers: { [header ?? ""]: signature ?? "" },
      body: new TextEncoder().encode(raw_body),
      secret: secret ?? "",
    };
  };
  const slack = one("slack", "slack", { ...json.slack_REAL, secret: json.slack_REAL.signing_secret });
  slack.headers[json.slack_REAL.timestamp_header] = String(json.slack_REAL.timestamp);
  const vercel = json.vercel_REAL.map((vector: Record<string, string>) => {
    return { ...one(vector.raw_body_file ?? "", "vercel", vector), body: bytesOf(vector.raw_body_file ?? "") };
  });
  return [
    one("sentry", "sentry", json.sentry_constructed),
    ...vercel,
    one("github", "github", json.github_REAL),
    slack,
  ];
}

/** Deliveries among the samples, with the event that GitHub and Sentry name in a header (the file's name says it). */
function listSamples(): [source: Source, file: string][] {
  return SOURCES.flatMap((source) => {
    const files = readdirSync(join(SAMPLES, source)).filter((file) => !NO_DELIVERY.test(file));
    return files.map((file): [Source, string] => [source, file]);
  });
}

if (!present) {
  test.skip("the shared samples are accepted or ignored (skipped: ../shared/samples is not beside this checkout)", () => {});
} else {
  describe.each(readVectors())("the signature vector $name", ({ source, headers, body, secret }) => {
    const verify = (change: { headers?: Record<string, string>; body?: Uint8Array<ArrayBuffer> }) =>
      verifyDelivery({
        source,
        headers: headerReader(change.headers ?? headers),
        body: change.body ?? body,
        secret,
        now: null,
      });

    test("verifies", async () => {
      expect(await verify({})).toMatchObject({ ok: true });
    });

    test("is refused with one byte changed, at every byte of body and headers", async () => {
      const bodies = [...body].map((byte, at) => ({ body: body.with(at, byte ^ 1) }));
      const others = Object.entries(headers).flatMap(([name, value]) =>
        [...value].map((char, at) => {
          const changed = value.slice(0, at) + String.fromCharCode(char.charCodeAt(0) ^ 1) + value.slice(at + 1);
          return { headers: { ...headers, [name]: changed } };
        }),
      );
      const answers = await Promise.all([...bodies, ...others].map(verify));
      expect(answers.filter((answer) => answer.ok)).toEqual([]);
    });
  });

  test.each(listSamples())(
    "%s %s is accepted or ignored with a reason when it is signed, and refused when not",
    async (source, file) => {
      const body = readFileSync(join(SAMPLES, source, file), "utf8");
      const event = /^webhook-(?:example-app-|seer-engpipes-)?([a-z_]+)/.exec(file)?.[1];
      const headers = {
        ...signedHeaders(source, body),
        ...(source === "github" && { "X-GitHub-Event": event, "X-GitHub-Delivery": "guid" }),
        ...(source === "sentry" && /^webhook-(?!seer-engpipes)/.test(file) && { "Sentry-Hook-Resource": event }),
      };
      const answer = await explainDelivery({ source, headers, body, secret: SECRET });
      expect(answer).toMatchObject({
        status: 202,
        reason: expect.stringMatching(/\w+ \w+/),
        deliveryKey: expect.any(String),
      });
      if (source === "glitchtip") return;
      expect(await explainDelivery({ source, headers, body: `${body} `, secret: "another" })).toMatchObject({
        status: 401,
      });
    },
  );
}
