import { expect, it } from "vitest";
import { newId } from "../../lib/runtime/ids.ts";
import { jsonLogger } from "../../lib/runtime/logger.ts";

const TOKEN = `ghp_${"a1B2".repeat(9)}`;

function logged(fields: Record<string, unknown>): Record<string, unknown> {
  const lines: string[] = [];
  jsonLogger((line) => lines.push(line)).log("info", "request", fields);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
}

it("a line is the level, the event and the fields, as they are where nothing is secret", () => {
  const fields = {
    at: "2026-03-01T12:00:00.000Z",
    requestId: newId("req"),
    deliveryId: newId("dlv"),
    route: "/api/webhooks/sentry",
    status: 202,
    durationMs: 1.5,
    reason: "environment staging is not watched, production is",
    incidentId: null,
  };
  expect(logged(fields)).toEqual({ level: "info", event: "request", ...fields });
});

it("a secret is taken out of every field, whatever the field is called, every time", () => {
  for (const name of ["reason", "route", "source", "deliveryId", "requestId", "at", "error"]) {
    for (let use = 0; use < 3; use++) expect(JSON.stringify(logged({ [name]: `x ${TOKEN}` }))).not.toContain(TOKEN);
    expect(JSON.stringify(logged({ [name]: TOKEN }))).not.toContain(TOKEN);
  }
});

it("the value of a field that is named like a secret is taken out, and the same value elsewhere stays", () => {
  const value = "plainword";
  expect(logged({ reason: value, password: value })).toMatchObject({
    reason: value,
    password: expect.stringMatching(/^\[redacted:/),
  });
  expect(logged({ password: value, reason: value })).toMatchObject({
    reason: value,
    password: expect.stringMatching(/^\[redacted:/),
  });
});

it("what is nested is redacted too", () => {
  expect(JSON.stringify(logged({ context: { list: [`Bearer ${TOKEN}`] } }))).not.toContain(TOKEN);
});

it("what is below the wanted level is not written", () => {
  const lines: string[] = [];
  const logger = jsonLogger((line) => lines.push(line), "warn");
  logger.log("info", "quiet");
  logger.log("error", "loud");
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(["loud"]);
});
