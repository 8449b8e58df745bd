import { and, eq, ne } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deliveries, incidents } from "../../lib/db/schema/index.ts";
import { watchIssues } from "../../lib/intake/index.ts";
import type { HostedIssue } from "../../lib/intake/ports.ts";
import { intakeFacts, watchedSentry } from "../../lib/wiring/intake-settings.ts";
import { alert, type Bench, createBench, mustRun, openIncident, PROJECT } from "../support/context.ts";
import { ISSUE_ID } from "../support/error-source.ts";
import { openTestPglite } from "../support/pglite.ts";

const ADOPT = "intake.adopt-issue";
const TITLE = "TypeError: Cannot read properties of null (reading 'percent')";
const bodyOf = (issueId = ISSUE_ID, org = "pine") =>
  `Sentry Issue: [SHOP-1](https://${org}.sentry.io/issues/${issueId}/?referrer=github_integration)

\`\`\`
${TITLE}
  at total (src/cart.js:2:33)
  at handle (src/server.js:12:3)
\`\`\``;

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

let webhooks = 0;
/** Somebody writes an issue, and GitHub tells of it. */
async function tell(issueNumber: number, changes: { action?: string; sender?: string } = {}): Promise<string> {
  webhooks += 1;
  const { action = "opened", sender = "sentry-io[bot]" } = changes;
  const senderType = sender.endsWith("[bot]") ? "Bot" : "User";
  const repository = "acme/shop";
  const receipt = await bench.receive(
    { kind: "github_issue", textRefusal: null, action, repository, issueNumber, state: "open", sender, senderType },
    `guid-${webhooks}`,
  );
  return receipt.deliveryId;
}
async function adopt(issueNumber: number, changes = {}): Promise<string> {
  const deliveryId = await tell(issueNumber, changes);
  await mustRun(bench, ADOPT, { deliveryId });
  const [row] = await database.db.select().from(deliveries).where(eq(deliveries.id, deliveryId));
  return `${row?.outcome}: ${row?.reason}`;
}
const opened = () => database.db.select().from(incidents).orderBy(incidents.number);
const report = () => bench.errors.report(bench.clock.now(), null);
const person = (login: string): HostedIssue["author"] => ({ login, type: "User" });

describe("an issue that Sentry's integration made", () => {
  it("opens the incident of its Sentry issue, with this issue as its own, and the judgement set going", async () => {
    bench.issues.write({ title: TITLE, body: bodyOf() });
    expect(await adopt(1)).toMatch(/^accepted: issue #1 tells of INC-\d+: sentry-io\[bot\] is Sentry's own app$/);
    const [incident, ...others] = await opened();
    expect(others).toEqual([]);
    expect(incident).toMatchObject({
      source: "sentry",
      identityKey: `sentry:${ISSUE_ID}:production`,
      sourceShortId: "SHOP-1",
      issueNumber: 1,
      issueUrl: "https://code.example/acme/shop/issues/1",
      isIssueForeign: true,
      state: "new",
    });
    expect(await bench.kinds(incident?.id ?? "")).toEqual(["issue_adopted"]);
    expect(await bench.waitingJobs()).toHaveProperty(["triage.assess-incident"]);
  });

  it("keeps its title and body: status and labels go onto it, and no second issue is made", async () => {
    report();
    bench.issues.write({ title: TITLE, body: bodyOf(), labels: ["type: crash"] });
    await adopt(1);
    await bench.settle();
    const { title, body, labels } = bench.issues.only;
    expect({ title, body }).toEqual({ title: TITLE, body: bodyOf() });
    expect(labels).toEqual(expect.arrayContaining(["type: crash", "patchpilot"]));
    expect(bench.issues.onlyComment).toContain("Patchpilot INC-");
    expect(bench.issues.onlyComment).toContain("Likely cause");
    expect(bench.issues.log).not.toContain("create");
    expect(bench.issues.log).not.toContain("update");
  });

  it("joins the incident that Sentry's own alert opened, and becomes its issue", async () => {
    const incidentId = await alert(bench);
    bench.issues.write({ title: TITLE, body: bodyOf() });
    await adopt(1);
    expect(await opened()).toMatchObject([{ id: incidentId, issueNumber: 1, isIssueForeign: true }]);
    expect(await bench.said(incidentId, "issue_adopted")).toHaveLength(1);
  });

  it("is told of, and nothing more, where the incident has an issue already", async () => {
    report();
    const incidentId = await openIncident(bench);
    await bench.settle();
    const own = (await bench.incident(incidentId)).issueNumber;
    bench.issues.write({ title: TITLE, body: bodyOf() });
    await adopt(2);
    expect(await bench.incident(incidentId)).toMatchObject({ issueNumber: own, isIssueForeign: false });
    expect(await bench.said(incidentId, "issue_other")).toEqual([expect.stringContaining("issue #2")]);
  });

  it("is one alert and one incident, however often GitHub tells of it", async () => {
    bench.issues.write({ title: TITLE, body: bodyOf() });
    for (const action of ["opened", "labeled", "edited"]) await adopt(1, { action, sender: "ada" });
    expect(await opened()).toHaveLength(1);
    const alerts = await database.db
      .select()
      .from(deliveries)
      .where(and(eq(deliveries.projectId, PROJECT), ne(deliveries.source, "github")));
    expect(alerts).toMatchObject([{ source: "sentry", resource: "github_issue", via: "webhook" }]);
    expect(await bench.kinds((await opened())[0]?.id ?? "")).toEqual(["issue_adopted"]);
  });

  it("that somebody reopens is noted, as theirs", async () => {
    bench.issues.write({ title: TITLE, body: bodyOf() });
    await adopt(1);
    await adopt(1, { action: "reopened", sender: "ada" });
    const [incident] = await opened();
    expect(await bench.said(incident?.id ?? "", "issue_changed")).toEqual(["issue #1 was reopened by ada"]);
  });

  it("is judged by Sentry's own event where the text gives no environment", async () => {
    bench.errors.report(bench.clock.now(), null, "staging");
    bench.issues.write({ title: TITLE, body: bodyOf() });
    await adopt(1);
    const [incident] = await opened();
    await bench.run("triage.assess-incident", { incidentId: incident?.id ?? "" });
    expect(bench.script.calls).toContain("findLatestEvent");
  });

  it("is asked about once more when GitHub was away", async () => {
    bench.issues.write({ title: TITLE, body: bodyOf() });
    const deliveryId = await tell(1);
    bench.script.crashAfter("findIssue");
    expect(await bench.runWaiting(ADOPT, { deliveryId })).toMatchObject({ type: "retry" });
    expect(await opened()).toEqual([]);
    expect(await bench.runWaiting(ADOPT, { deliveryId })).toEqual({ type: "done" });
    expect(await opened()).toHaveLength(1);
  });
});

describe("what is refused opens nothing, and its delivery says why", () => {
  it.each([
    ["an outsider's copy", { body: bodyOf(), author: person("stranger") }, /stranger has none permission/],
    ["another bot's", { body: bodyOf(), author: { login: "zap[bot]", type: "Bot" } }, /only Sentry's own app/],
    ["one of a deleted account", { body: bodyOf(), author: null }, /not known/],
    ["another organization's Sentry", { body: bodyOf(ISSUE_ID, "oak") }, /organization oak, and pine is watched/],
    [
      "a Sentry elsewhere",
      { body: bodyOf().replace("pine.sentry.io", "sentry.evil.example") },
      /sentry\.evil\.example/,
    ],
    ["another environment's", { body: bodyOf(), labels: ["staging"] }, /staging is not watched/],
    ["a text that was emptied meanwhile", { body: "never mind" }, /no link/],
  ])("%s", async (_, issue, reason) => {
    bench.configure({ env: SENTRY_OF_PINE });
    bench.issues.write({ title: TITLE, ...issue });
    expect(await adopt(1, { sender: "ada" })).toMatch(/^ignored: issue #1: /);
    expect(await adopt(1, { sender: "ada" })).toMatch(reason);
    expect(await opened()).toEqual([]);
  });

  it("a person is believed by the permission that GitHub states, whatever the association", async () => {
    bench.repository.permissions.set("ada", "write");
    bench.issues.write({ title: TITLE, body: bodyOf(), author: person("ada") });
    expect(await adopt(1)).toContain("ada has write permission");
    expect(await opened()).toHaveLength(1);
  });

  it("a closed one, and one that is gone", async () => {
    bench.issues.write({ title: TITLE, body: bodyOf() }).state = "closed";
    expect(await adopt(1)).toBe("ignored: issue #1: the issue is closed");
    expect(await adopt(9)).toBe("ignored: issue #9 is gone");
    expect(await opened()).toEqual([]);
  });
});

const SENTRY_OF_PINE = { SENTRY_AUTH_TOKEN: "token-of-the-tests", SENTRY_ORG: "pine", SENTRY_PROJECT: "shop" };

describe("watch", () => {
  const watch = (input: { limit?: number; apply?: boolean } = {}) => {
    const github = bench.ports.github;
    if (!github) throw new Error("the bench has a GitHub");
    const settings = { sentry: watchedSentry(bench.config), facts: { ...intakeFacts(bench.config) } };
    const outside = { issues: github.issueReader, ...settings };
    return watchIssues(bench.ctx, outside, { projectId: PROJECT, limit: 50, apply: false, ...input });
  };
  const linesOf = ({ issues }: Awaited<ReturnType<typeof watch>>) =>
    issues.map(({ number, outcome, effect }) => `#${number} ${outcome}${effect ? ` ${effect}` : ""}`);

  beforeEach(() => {
    bench.issues.write({ title: TITLE, body: bodyOf("1") });
    bench.issues.write({ title: "docs: UTF-8 issue", body: "the Sentry page", author: person("stranger") });
    bench.issues.write({ title: TITLE, body: bodyOf("2") });
    bench.issues.write({ title: TITLE, body: bodyOf("1") });
    bench.issues.write({ title: TITLE, body: bodyOf("3"), author: person("stranger") });
  });

  it("changes nothing unless it is told to", async () => {
    expect(await watch()).toMatchObject({ others: 1 });
    expect(linesOf(await watch())).toEqual(["#5 refused", "#4 accepted other", "#3 accepted open", "#1 accepted open"]);
    expect(await opened()).toEqual([]);
  });

  it("takes up what it accepts; of two about one Sentry issue the older is the incident's; again changes nothing", async () => {
    expect(linesOf(await watch({ apply: true }))).toEqual([
      "#5 refused",
      "#4 accepted other",
      "#3 accepted opened",
      "#1 accepted opened",
    ]);
    expect((await opened()).map(({ issueNumber }) => issueNumber)).toEqual([1, 3]);
    const before = await bench.effects();
    expect(linesOf(await watch({ apply: true }))).toContain("#1 accepted known");
    expect(await bench.effects()).toEqual(before);
  });

  it("counts its limit after judging: newer issues of no concern take no place", async () => {
    for (let at = 0; at < 6; at += 1) bench.issues.write({ title: "a wish", body: "please", author: person("ada") });
    const report = await watch({ limit: 1, apply: true });
    expect(linesOf(report)).toEqual(["#5 refused", "#4 accepted opened", "#3 left", "#1 left"]);
    expect(report.others).toBe(7);
  });

  it("tells what failed, and goes on", async () => {
    bench.script.failAt("getPermission", new Error("GitHub is away"));
    expect(linesOf(await watch({ apply: true }))).toEqual(
      expect.arrayContaining(["#5 failed", "#3 accepted opened", "#1 accepted opened"]),
    );
  });
});
