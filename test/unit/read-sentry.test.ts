import { describe, expect, test } from "vitest";
import { signalSchema } from "../../lib/intake/model.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { readSentry } from "../../lib/intake/read-sentry.ts";
import { readSentryEvent } from "../../lib/intake/read-sentry-event.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

type Change = [at: string, value: unknown];
const read = (resource: string | null, body: unknown, headers = {}) =>
  readSentry(headerReader(resource === null ? headers : { ...headers, "Sentry-Hook-Resource": resource }), body);
const eventAlert = (...changes: Change[]) =>
  read("event_alert", fixtureJson("sentry/event_alert.triggered.json", ...changes));
const issue = (action: string, ...changes: Change[]) =>
  read("issue", fixtureJson("sentry/issue.created.json", ["action", action], ...changes));
const signalOf = (answer: ReturnType<typeof read>) => (answer.outcome === "accepted" ? answer.signal : answer);

describe("event_alert", () => {
  test("is an alert on the event's issue, with the crash frame last and no person's data", () => {
    const answer = eventAlert();
    expect(answer).toMatchObject({
      outcome: "accepted",
      resource: "event_alert",
      reason: 'alert rule "Production errors" fired',
      deliveryKey: "sentry:event_alert:e4874d664c3540c1a32eab185f12c5ab:Production errors",
    });
    expect(signalOf(answer)).toMatchSnapshot();
    expect(JSON.stringify(answer)).not.toContain("jane@");
    expect(() => signalSchema.parse(signalOf(answer))).not.toThrow();
  });

  test("under another rule is another delivery, the same again is the same", () => {
    const key = (answer: ReturnType<typeof read>) => (answer.outcome === "rejected" ? "" : answer.deliveryKey);
    expect(key(eventAlert(["data.triggered_rule", "Other"]))).not.toBe(key(eventAlert()));
    expect(key(eventAlert(["actor", null], ["data.event.received", 1]))).toBe(key(eventAlert()));
    const long = "x".repeat(5000);
    expect(key(eventAlert(["data.triggered_rule", `${long}a`])).length).toBeLessThan(600);
  });

  test.each<[string, Change[], Record<string, unknown>]>([
    ["the environment from a tag", [["data.event.environment", undefined]], { environment: "production" }],
    ["the release from a tag", [["data.event.release", null]], { release: "shop@1.4.2" }],
    ["the release of an object", [["data.event.release", { version: "v9" }]], { release: "v9" }],
    [
      "the issue from an older address",
      [
        ["data.event.issue_id", null],
        ["data.event.issue_url", "https://sentry.io/api/0/issues/77/"],
      ],
      { issueId: "77" },
    ],
    ["a numeric issue id", [["data.event.issue_id", 42]], { issueId: "42" }],
    ["the project's number when no slug is known", [["data.event.url", null]], { sourceProject: "1" }],
    [
      "a title from the exception",
      [["data.event.title", null]],
      { title: "TypeError: Cannot read properties of undefined (reading 'price')" },
    ],
    [
      "a title from an occurrence",
      [
        ["data.event.title", ""],
        ["data.event.occurrence", { issueTitle: "N+1 Query" }],
      ],
      { title: "N+1 Query" },
    ],
    ["no address that is no web address", [["data.event.web_url", "javascript:alert(1)"]], { url: null }],
    [
      "the default level",
      [
        ["data.event.level", null],
        ["data.event.tags", []],
      ],
      { level: "error" },
    ],
    [
      "no event time that is none",
      [
        ["data.event.datetime", "soon"],
        ["data.event.timestamp", 1e300],
        ["data.event.received", -5],
      ],
      { lastSeenAt: null },
    ],
  ])("takes %s", (_, changes, expected) => {
    expect(signalOf(eventAlert(...changes))).toMatchObject(expected);
  });

  test.each<[string, Change[], string]>([
    ["data", [["data", []]], "data: expected an object"],
    ["action", [["action", 7]], "action: expected string, received number"],
    ["event", [["data.event", "boom"]], "data.event: expected object, received string"],
    ["event_id", [["data.event.event_id", null]], "data.event.event_id: expected an id (text or a whole number)"],
    [
      "issue_id",
      [
        ["data.event.issue_id", {}],
        ["data.event.issue_url", null],
        ["data.event.web_url", null],
      ],
      "data.event.issue_id: expected an id (text or a whole number)",
    ],
  ])("without %s is refused by that name", (_, changes, reason) => {
    expect(eventAlert(...changes)).toEqual({ outcome: "rejected", status: 400, reason });
  });
});

describe("an event", () => {
  const event = () => fixtureJson("sentry/event_alert.triggered.json").data as { event: Record<string, unknown> };

  test("with hundreds of frames keeps the newest fifty", () => {
    const frames = Array.from({ length: 400 }, (_, at) => ({ filename: `f${at}.js`, lineno: at }));
    const excerpt = readSentryEvent({ exception: { values: [{ type: "E", stacktrace: { frames } }] } });
    expect(excerpt?.frames).toHaveLength(50);
    expect(excerpt?.frames.at(-1)).toMatchObject({ filename: "f399.js", line: 399 });
  });

  test("without a stack on its last exception shows the nearest one that has a stack", () => {
    const frames = [{ filename: "a.js" }];
    const values = [
      { type: "Cause", stacktrace: { frames } },
      { type: "Wrapper", stacktrace: null },
    ];
    expect(readSentryEvent({ exception: { values } })).toMatchObject({
      errorType: "Cause",
      frames: [{ filename: "a.js" }],
    });
  });

  test("without an exception takes message, stack and metadata of its own", () => {
    const excerpt = readSentryEvent({
      id: "abc",
      logentry: { formatted: "disk full" },
      stacktrace: { frames: [{ filename: "x.py" }] },
      metadata: { type: "OSError" },
    });
    expect(excerpt).toMatchObject({ eventId: "abc", errorType: "OSError", errorMessage: "disk full" });
    expect(excerpt?.frames).toHaveLength(1);
  });

  test("with NUL, lone surrogates and endless texts stays storable", () => {
    const { event: base } = event();
    const junk = `a\u0000b\ud800${"x".repeat(1e6)}`;
    const excerpt = readSentryEvent({
      ...base,
      exception: { values: [{ type: junk, value: junk }] },
      tags: [[junk, junk], ["k", 1], null],
    });
    const text = JSON.stringify(excerpt);
    expect(text).not.toContain("\\u0000");
    expect(text).not.toContain("\\ud800");
    expect(text.length).toBeLessThan(6000);
  });

  test.each([null, 5, "x", [], {}, { exception: { values: [null, 3] } }, { tags: { a: 1 }, request: [], metadata: 1 }])(
    "that is %j never throws",
    (value) => {
      expect(() => readSentryEvent(value)).not.toThrow();
    },
  );
});

describe("issue", () => {
  test("created is an alert with the issue's own counts and times", () => {
    const answer = issue("created");
    expect(answer).toMatchObject({
      outcome: "accepted",
      deliveryKey: "sentry:issue:1117540176:created:2026-10-05T21:06:17.677000Z",
    });
    expect(signalOf(answer)).toMatchSnapshot();
    expect(() => signalSchema.parse(signalOf(answer))).not.toThrow();
  });

  test.each([
    ["resolved", "resolved"],
    ["archived", "archived"],
    ["ignored", "archived"],
    ["assigned", "assigned"],
  ])("%s is a status", (action, status) => {
    const answer = issue(action, ["actor", { type: "user", id: 1, name: "Jane" }]);
    expect(signalOf(answer)).toEqual({ kind: "issue_status", issueId: "1117540176", status, by: "Jane" });
  });

  test("ignored and archived, which one click sends both, are one delivery", () => {
    expect(issue("ignored")).toEqual(issue("archived"));
  });

  test.each<[string, Change[], string]>([
    ["by Sentry is a regression", [], "alert"],
    [
      "by a person is a status",
      [
        ["actor", { type: "user", id: 1, name: "Jane" }],
        ["data.issue.substatus", "ongoing"],
      ],
      "issue_status",
    ],
    [
      "that Sentry calls regressed is an alert whoever is named",
      [
        ["actor", { type: "user" }],
        ["data.issue.substatus", "regressed"],
      ],
      "alert",
    ],
    ["that escalates is an alert", [["data.issue.substatus", "escalating"]], "alert"],
  ])("unresolved %s", (_, changes, kind) => {
    const signal = signalOf(issue("unresolved", ...changes));
    expect(signal).toMatchObject({ kind });
    if (kind === "alert") expect(signal).toMatchObject({ regression: true, shortId: "SHOP-9" });
  });

  test("of category feedback is ignored, as is an action of tomorrow", () => {
    expect(issue("created", ["data.issue.issueCategory", "feedback"])).toMatchObject({ outcome: "ignored" });
    expect(issue("priority_changed")).toMatchObject({
      outcome: "ignored",
      reason: "action priority_changed of resource issue is not one that Patchpilot acts on",
    });
  });

  test("a count beyond what can be stored is capped", () => {
    expect(signalOf(issue("created", ["data.issue.count", "99999999999"]))).toMatchObject({ events: 2_147_483_647 });
    expect(signalOf(issue("created", ["data.issue.count", "many"]))).toMatchObject({ events: null });
  });

  test("without id is refused by that name", () => {
    expect(issue("created", ["data.issue.id", undefined])).toMatchObject({
      status: 400,
      reason: expect.stringMatching(/^data\.issue\.id:/),
    });
  });
});

describe("other deliveries", () => {
  const envelope = (action: string, data: unknown) => ({ action, installation: { uuid: "u" }, data, actor: null });

  test("error.created is an alert under its event's id", () => {
    const { event } = fixtureJson("sentry/event_alert.triggered.json").data as { event: unknown };
    expect(read("error", envelope("created", { error: event }))).toMatchObject({
      outcome: "accepted",
      deliveryKey: "sentry:error:e4874d664c3540c1a32eab185f12c5ab",
      signal: { kind: "alert", issueId: "1117540176", rule: null },
    });
  });

  test("the legacy plugin's body is an alert", () => {
    const answer = read(null, fixtureJson("sentry/legacy-plugin.json"));
    expect(answer).toMatchObject({
      outcome: "accepted",
      deliveryKey: "sentry:legacy:e4874d664c3540c1a32eab185f12c5ab",
    });
    expect(signalOf(answer)).toMatchSnapshot();
  });

  test("a service hook is an alert, with what little it says", () => {
    expect(read(null, fixtureJson("sentry/service-hook.json"))).toMatchObject({
      outcome: "accepted",
      deliveryKey: "sentry:service_hook:e4874d664c3540c1a32eab185f12c5ab",
      signal: { issueId: "1117540176", title: "Sentry issue 1117540176", sourceProject: "shop" },
    });
  });

  test("installation tells the organization", () => {
    const data = { installation: { uuid: "u-1", organization: { slug: "acme" } } };
    expect(read("installation", envelope("created", data))).toMatchObject({
      signal: { kind: "installation", action: "created", installationId: "u-1", organization: "acme" },
      deliveryKey: "sentry:installation:u-1:created",
    });
  });

  test.each([
    ["seer", "pr_created", { run_id: 42 }, "sentry:seer:42:pr_created"],
    ["seer", "coding_started", { run_id: 42, group_id: 7 }, "sentry:seer:42:coding_started"],
    ["comment", "pinned", { comment_id: 12, issue_id: 7 }, "sentry:comment:12:pinned"],
    ["activity_alert", "triggered", { issue: { id: "7" }, alert: {} }, "sentry:activity_alert:7:triggered"],
    ["event_alert", "snoozed", { event: { event_id: "e" } }, "sentry:event_alert:e:snoozed"],
  ])(
    "%s %s is ignored under a key of its own, with or without the resource header",
    (resource, action, data, deliveryKey) => {
      for (const header of [resource, null]) {
        const answer = read(header, envelope(action, data));
        expect(answer).toMatchObject({
          outcome: "ignored",
          resource,
          deliveryKey,
          reason: expect.stringContaining(resource),
        });
      }
    },
  );

  test("an ignored delivery without any id has the signature for its key", () => {
    const key = (signature: string) => {
      const answer = read("preprod_artifact", envelope("size_analysis_completed", {}), {
        "Sentry-Hook-Signature": signature,
      });
      return answer.outcome === "ignored" ? answer.deliveryKey : null;
    };
    expect(key("aa")).toBe(key("aa"));
    expect(key("aa")).not.toBe(key("ab"));
  });

  test("a resource of tomorrow is ignored by name", () => {
    expect(read("crystal_ball", envelope("gazed", {}))).toMatchObject({
      outcome: "ignored",
      reason: "resource crystal_ball is not one that Patchpilot knows",
    });
  });

  test("a header that says another resource than the body is refused", () => {
    expect(read("error", fixtureJson("sentry/event_alert.triggered.json", ["action", "created"]))).toMatchObject({
      status: 400,
      reason: expect.stringMatching(/^data\.error:/),
    });
  });
});
