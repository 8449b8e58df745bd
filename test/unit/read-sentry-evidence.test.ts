import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideFirstStep } from "../../lib/intake/decide-first-step.ts";
import { decideInstallation } from "../../lib/intake/decide-installation.ts";
import { type ReadDelivery, type Signal, signalSchema } from "../../lib/intake/model.ts";
import { headerReader } from "../../lib/intake/read-headers.ts";
import { readSentry } from "../../lib/intake/read-sentry.ts";
import { readVercel } from "../../lib/intake/read-vercel.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

type Change = [at: string, value: unknown];
const FACTS = {
  source: "sentry",
  environment: "production",
  sourceProject: "shop",
  repository: "acme/shop",
  vercelProjectId: "prj_shop",
} as const;

const read = (fixture: string, resource: string | null, ...changes: Change[]): ReadDelivery =>
  readSentry(
    headerReader({
      ...(resource !== null && { "Sentry-Hook-Resource": resource }),
      "Sentry-Hook-Timestamp": "1790944000",
      "Sentry-Hook-Signature": "aa",
    }),
    fixtureJson(`sentry/${fixture}.json`, ...changes),
  );
const signalOf = (answer: ReadDelivery): Signal => {
  if (answer.outcome !== "accepted") throw new Error(answer.reason);
  return signalSchema.parse(answer.signal);
};
const keyOf = (answer: ReadDelivery) => (answer.outcome === "rejected" ? null : answer.deliveryKey);

describe("seer", () => {
  const seer = (...changes: Change[]) => read("seer.root_cause_completed", "seer", ...changes);

  it("a root cause is a result about the issue, with its steps, from the installation that sent it", () => {
    expect(seer()).toMatchObject({
      outcome: "accepted",
      resource: "seer",
      deliveryKey: "sentry:seer:12345:root_cause_completed",
      installationId: "a8e5d37a-696c-4c54-adb5-b3f28d64c7de",
    });
    expect(signalOf(seer())).toMatchObject({
      kind: "seer",
      issueId: "1117540176",
      runId: "12345",
      steps: [expect.stringContaining("(src/cart.js)")],
    });
  });

  it("a pull request without an address is left out, and the others stay", () => {
    expect(signalOf(read("seer.pr_created", "seer"))).toMatchObject({
      pullRequests: [{ url: "https://github.com/acme/shop/pull/41", repository: "acme/shop", number: 41 }],
    });
    const forged = ["data.pull_requests.0.pull_request.pr_url", "javascript:alert(1)"] as Change;
    expect(signalOf(read("seer.pr_created", "seer", forged))).toMatchObject({ pullRequests: [] });
  });

  it("code comes with titles and without diffs", () => {
    const changes = [
      { repo_name: "acme/shop", title: "Guard", description: "d", diff: "SECRET DIFF", branch_name: "b" },
    ];
    const signal = signalOf(seer(["action", "coding_completed"], ["data.changes", changes]));
    expect(signal).toMatchObject({ changes: [{ repository: "acme/shop", title: "Guard", description: "d" }] });
    expect(JSON.stringify(signal)).not.toContain("SECRET DIFF");
  });

  it("is known without the resource header, and by `issue.id` where there is no group", () => {
    const sparse = read("seer.root_cause_completed", null, ["data", { issue: { id: "77", short_id: "SHOP-1" } }]);
    expect(signalOf(sparse)).toMatchObject({ kind: "seer", issueId: "77", runId: null, description: null, steps: [] });
    const nameless = read("seer.pr_created", null, ["data", { pull_requests: [{ pull_request: {} }] }]);
    expect(nameless).toMatchObject({ outcome: "ignored", reason: "resource seer: pr_created names no issue" });
  });

  it.each(["root_cause_started", "solution_started", "coding_started", "iteration_started"])(
    "%s says only that it began",
    (action) => {
      const reason = `resource seer: ${action} says only that Seer began`;
      expect(seer(["action", action])).toMatchObject({ outcome: "ignored", reason });
    },
  );

  it("texts without end are cut", () => {
    const long = "x".repeat(100_000);
    const steps = Array.from({ length: 500 }, () => ({ title: long, code_snippet_and_analysis: long }));
    const signal = signalOf(seer(["data.root_cause", { description: long, steps }]));
    expect(JSON.stringify(signal).length).toBeLessThan(10_000);
  });
});

describe("comment", () => {
  const comment = (action: string, ...changes: Change[]) =>
    read("comment.created", "comment", ["action", action], ...changes);

  it("is a comment at the source, never a comment that could be a command", () => {
    expect(signalOf(comment("created"))).toMatchObject({
      kind: "source_comment",
      issueId: "1117540176",
      commentId: "1234",
      by: "colleen",
    });
    expect(decideFirstStep(signalOf(comment("created")), FACTS)).toMatchObject({
      job: "incidents.note-source-comment",
    });
  });

  it("created and deleted happen once, every change is its own", () => {
    expect(keyOf(comment("created"))).toBe("sentry:comment:1234:created");
    expect(keyOf(comment("deleted"))).toBe("sentry:comment:1234:deleted");
    const changed = comment("updated", ["data.comment", "another text"]);
    expect(keyOf(changed)).not.toBe(keyOf(comment("updated")));
    expect(keyOf(comment("updated"))).toBe(keyOf(comment("updated")));
  });

  it("of a project that is not watched is ignored", () => {
    const signal = signalOf(comment("created", ["data.project_slug", "blog"]));
    expect(decideFirstStep(signal, FACTS)).toEqual({ type: "ignore", reason: "project blog is not watched" });
  });

  it("without its issue is refused by that name", () => {
    const answer = comment("created", ["data.issue_id", undefined]);
    expect(answer).toMatchObject({ status: 400, reason: expect.stringMatching(/^data\.issue_id:/) });
  });
});

describe("metric_alert", () => {
  const metric = (action: string, ...changes: Change[]) =>
    read("metric_alert.critical", "metric_alert", ["action", action], ...changes);

  it("is of its organisation's rule, told at the time of the header", () => {
    expect(signalOf(metric("critical"))).toEqual({
      kind: "metric_alert",
      status: "critical",
      issueId: "metric-alert-5-7",
      title: "Too many errors",
      description: "1000 events in the last 10 minutes; Filter: level:error",
      environment: null,
      sourceProjects: ["shop"],
      url: "https://sentry.io/organizations/acme/alerts/1/",
      occurredAt: "2026-10-02T12:26:40.000Z",
    });
  });

  it("without a rule is of Sentry's own incident", () => {
    expect(signalOf(metric("critical", ["data.metric_alert.alert_rule", null]))).toMatchObject({
      issueId: "metric-alert-5-incident-4",
      title: "Critical: Too many errors",
    });
  });

  it("that goes up and down within one incident is another delivery each time, sent again the same", () => {
    const keys = [
      metric("critical"),
      metric("critical", ["data.description_text", "1200 events in the last 10 minutes"]),
      metric("warning"),
      metric("critical", ["data.metric_alert.id", "5"]),
    ].map(keyOf);
    expect(new Set(keys).size).toBe(4);
    expect(keyOf(metric("critical", ["actor", null]))).toBe(keys[0]);
  });

  it.each(["open", "warning", "critical"])("%s opens an incident of its own kind", (status) => {
    expect(decideFirstStep(signalOf(metric(status)), FACTS)).toMatchObject({
      type: "open_incident",
      identity: "sentry:metric-alert-5-7:production",
      signal: { problem: "metric", title: "Metric alert: Too many errors" },
    });
  });

  it("resolved opens none", () => {
    expect(decideFirstStep(signalOf(metric("resolved")), FACTS)).toEqual({
      type: "job",
      reason: "metric alert resolved",
      job: "triage.note-metric",
      identity: "sentry:metric-alert-5-7:production",
    });
  });

  it.each<[string, Change[], string]>([
    [
      "of other projects",
      [
        ["data.metric_alert.projects", ["blog"]],
        ["data.metric_alert.alert_rule.projects", ["wiki"]],
      ],
      "project blog, wiki is not watched",
    ],
    [
      "of another environment",
      [["data.metric_alert.alert_rule.environment", "staging"]],
      "environment staging is not watched, production is",
    ],
  ])("%s is ignored", (_, changes, reason) => {
    expect(decideFirstStep(signalOf(metric("critical", ...changes)), FACTS)).toEqual({ type: "ignore", reason });
  });

  it("without any id is refused by that name", () => {
    expect(metric("critical", ["data.metric_alert", { title: "t" }])).toMatchObject({
      status: 400,
      reason: "data.metric_alert.id: expected an id",
    });
  });
});

describe("an error anomaly of Vercel's", () => {
  const anomaly = (...changes: Change[]) =>
    readVercel(headerReader({}), fixtureJson("vercel/observability.error-anomaly.json", ...changes));

  it("is told with its figures, under the delivery's own id", () => {
    expect(keyOf(anomaly())).toBe("vercel:uev_anomaly1");
    expect(signalOf(anomaly())).toEqual({
      kind: "anomaly",
      sourceProject: "prj_shop",
      title: "Error rate of /api/cart",
      details: ["Error rate of /api/cart, /api/cart, 5xx, 412 counted, usually 3.3, 204.4 standard deviations above"],
      url: "https://vercel.com/acme/shop/observability",
      occurredAt: "2026-10-02T12:21:40.000Z",
    });
  });

  it.each<[string, Change[]]>([
    ["alerts.triggered", [["type", "alerts.triggered"]]],
    ["its former name", [["type", "observability.anomaly-error"]]],
  ])("is known as %s too", (_, changes) => {
    expect(signalOf(anomaly(...changes))).toMatchObject({ kind: "anomaly" });
  });

  it("with nothing in it is still an anomaly", () => {
    expect(signalOf(anomaly(["payload", {}]))).toMatchObject({
      title: "more failing requests than usual",
      details: [],
      occurredAt: "2026-10-02T12:26:40.000Z",
    });
  });

  it("of another project is ignored, and one of usage too", () => {
    const step = decideFirstStep(signalOf(anomaly(["payload.projectId", "prj_blog"])), { ...FACTS, source: "vercel" });
    expect(step).toEqual({ type: "ignore", reason: "Vercel project prj_blog is not the target" });
    expect(anomaly(["type", "observability.usage-anomaly"]).outcome).toBe("ignored");
    const usage = anomaly(["type", "alerts.triggered"], ["payload.alerts.0.type", "usage_anomaly"]);
    expect(usage.outcome).toBe("ignored");
  });
});

describe("junk in any place", () => {
  const FIXTURES: [fixture: string, resource: string][] = [
    ["sentry/seer.root_cause_completed", "seer"],
    ["sentry/seer.pr_created", "seer"],
    ["sentry/comment.created", "comment"],
    ["sentry/metric_alert.critical", "metric_alert"],
    ["sentry/installation.created", "installation"],
    ["vercel/observability.error-anomaly", ""],
  ];
  const pathsOf = (value: unknown, at = ""): string[] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([key, one]) => [`${at}${key}`, ...pathsOf(one, `${at}${key}.`)])
      : [];
  const junk = fc.oneof(
    fc.constantFrom("", "\0", "\ud800", "javascript:alert(1)", "x".repeat(50_000), -1, 1e300, Number.NaN, null, [], {}),
    fc.jsonValue(),
  );

  it.each(FIXTURES)("%s never throws, and what is taken is a whole, bounded signal", (fixture, resource) => {
    const paths = pathsOf(fixtureJson(`${fixture}.json`));
    fc.assert(
      fc.property(fc.constantFrom(...paths), junk, (path, value) => {
        const body = fixtureJson(`${fixture}.json`, [path, value]);
        const headers = headerReader({ "Sentry-Hook-Resource": resource, "Sentry-Hook-Timestamp": "x" });
        const answer = fixture.startsWith("vercel/") ? readVercel(headers, body) : readSentry(headers, body);
        if (answer.outcome === "rejected") {
          expect(answer.reason).toMatch(/^[\w.]+: /);
          return;
        }
        expect(answer.deliveryKey.length).toBeLessThan(700);
        if (answer.outcome === "accepted") signalSchema.parse(answer.signal);
        expect(JSON.stringify(answer).length).toBeLessThan(20_000);
        expect(JSON.stringify(answer)).not.toContain("\\u0000");
      }),
      { numRuns: 500 },
    );
  });
});

describe("doctor's look at the installations", () => {
  const one = (organization: string | null, uninstalledAt: string | null = null) => ({
    installationId: `uuid-of-${organization}`,
    organization,
    uninstalledAt,
  });
  it.each([
    ["none told", "acme", [], "off"],
    ["the watched one's", "acme", [one("Acme")], "ok"],
    ["uninstalled and installed again", "acme", [one("acme", "2026-10-01T00:00:00.000Z"), one("acme")], "ok"],
    ["uninstalled", "acme", [one("acme", "2026-10-01T00:00:00.000Z")], "failed"],
    ["only another's", "acme", [one("other")], "failed"],
    ["nobody is watched", null, [one("other")], "ok"],
  ])("%s", (_, organization, installations, status) => {
    const answer = decideInstallation({ organization, installations });
    expect(answer.status).toBe(status);
    for (const { organization: name } of installations) expect(answer.detail).toContain(`${name}`);
  });
});
