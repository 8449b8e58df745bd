import { describe, expect, test } from "vitest";
import { signalSchema } from "../../lib/intake/model.ts";
import { readGlitchtip } from "../../lib/intake/read-glitchtip.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

const read = (body: unknown, now?: Date) => readGlitchtip(headerReader({}), body, now);
const alert = (...changes: [string, unknown][]) => read(fixtureJson("glitchtip/issue-alert.json", ...changes));
const uptime = (now: string, ...changes: [string, unknown][]) =>
  read(fixtureJson("glitchtip/uptime-down.json", ...changes), new Date(now));
const keyOf = (answer: ReturnType<typeof read>) => (answer.outcome === "rejected" ? answer.reason : answer.deliveryKey);

describe("an issue alert", () => {
  test("is an alert for its first issue, with the others beside it and the number announced", () => {
    const answer = alert();
    expect(answer).toMatchObject({
      outcome: "accepted",
      reason: "alert for 7 issues, 2 of them named here",
      signal: {
        issueId: "4711",
        shortId: "WEB-2K",
        environment: "production",
        release: "web@1f0c3ab",
        sourceProject: "web",
        culprit: "GET /api/orders/[id]",
        url: "https://glitchtip.example.com/acme/issues/4711",
      },
      further: [{ issueId: "4712", shortId: "WEB-2L", environment: null }],
    });
    expect(() => signalSchema.parse(answer.outcome === "accepted" && answer.signal)).not.toThrow();
  });

  test("sent again is the same delivery, also by a newer version that leaves alias, sections and color out", () => {
    expect(keyOf(alert(["alias", undefined], ["sections", undefined], ["attachments.0.color", null]))).toBe(
      keyOf(alert()),
    );
  });

  test.each<[string, unknown]>([
    ["attachments.0.title_link", "https://glitchtip.example.com/acme/issues/9"],
    ["attachments.0.title", "Another"],
    ["text", "GlitchTip Alert (8 issues)"],
  ])("with another %s is another delivery", (at, value) => {
    expect(keyOf(alert([at, value]))).not.toBe(keyOf(alert()));
  });

  test("that names one issue twice has it once", () => {
    const body = fixtureJson("glitchtip/issue-alert.json");
    const [first] = body.attachments as unknown[];
    expect(read({ ...body, attachments: [first, first] })).not.toHaveProperty("further");
  });
});

describe("an uptime alert", () => {
  test("is an alert while down and resolves it when back", () => {
    expect(uptime("2026-10-05T21:00:00Z")).toMatchObject({
      signal: { kind: "alert", issueId: "uptime-monitor-12", level: "fatal", title: "Landing page is down" },
    });
    expect(uptime("2026-10-05T21:00:00Z", ["attachments.0.text", "The monitored site is back up."])).toMatchObject({
      signal: { kind: "issue_status", issueId: "uptime-monitor-12", status: "resolved" },
    });
  });

  test("of a second outage, whose message is equal, is another delivery", () => {
    expect(keyOf(uptime("2026-10-05T21:00:01Z"))).toBe(keyOf(uptime("2026-10-05T21:00:59Z")));
    expect(keyOf(uptime("2026-10-05T21:00:00Z"))).not.toBe(keyOf(uptime("2026-10-06T03:00:00Z")));
  });
});

test.each([
  ["embeds", "Discord"],
  ["cardsV2", "Google Chat"],
])("a message with %s is ignored and says that it is for %s", (field, name) => {
  expect(read({ [field]: [{ url: "https://x.example/issues/1" }] })).toMatchObject({
    outcome: "ignored",
    reason: expect.stringContaining(name),
  });
  expect(read({ [field]: null })).toMatchObject({ outcome: "ignored" });
});

test.each<[string, unknown]>([
  ["body", []],
  ["text", { attachments: [] }],
  ["attachments", { text: "GlitchTip Alert" }],
  ["attachments", { text: "GlitchTip Alert", attachments: [] }],
  ["attachments.0.title_link", { text: "GlitchTip Alert", attachments: [{ title_link: "https://x.example/" }] }],
  ["attachments.0.title_link", { text: "GlitchTip Alert", attachments: [{}] }],
])("without %s a message is refused by that name", (field, body) => {
  expect(read(body)).toMatchObject({ outcome: "rejected", status: 400, reason: expect.stringContaining(`${field}: `) });
});
