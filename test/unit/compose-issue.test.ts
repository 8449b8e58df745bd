import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../demo/github/markdown.ts";
import { composeForeignComment, composeIssueBody, type IssueFacts } from "../../lib/alerts/compose-issue.ts";
import { INCIDENT_STATES } from "../../lib/incidents/model.ts";
import type { Investigation } from "../../lib/investigate/compose-investigation.ts";

const SHA = "c0ffee1".padEnd(40, "0");
const MISTAKE = "bada551".padEnd(40, "0");
const WEB = "https://code.example/acme/shop";

/** An investigated crash; `text` stands wherever the outside has a say. */
function investigationOf(text: (usual: string) => string): Investigation {
  const t = text;
  return {
    at: "2026-03-01T12:05:00.000Z",
    summary: t("suspect file src/cart.js"),
    errorType: t("TypeError"),
    errorMessage: t("Cannot read properties of null (reading 'percent')"),
    handled: false,
    request: t("POST https://shop.example/checkout"),
    stack: [t("at total (src/cart.js:2)  return cart.coupon.percent;"), t("at handle (src/server.js:12)")],
    frames: [],
    release: t(SHA),
    environment: "production",
    commit: { sha: SHA, isRelease: true, isTruncated: false },
    suspects: [
      { path: t("src/cart.js"), score: 0.9, reasons: [t("crashed in total (line 2)")] },
      { path: t("src/(shop)/[id]/page.js"), score: 0.4, reasons: [t("lies beside src/cart.js")] },
    ],
    commits: [
      {
        sha: MISTAKE,
        score: 0.9,
        reasons: [
          t("last changed line 2 of src/cart.js, where it crashed"),
          t("the only commit between two deployments"),
        ],
        author: t("mira"),
        message: t("refactor: one expression"),
        date: "2026-03-01T11:40:00Z",
        pullRequest: { number: 12, title: t("One expression"), url: t(`${WEB}/pull/12`) },
      },
      {
        sha: SHA,
        score: 0.2,
        reasons: [t("changed src/cart.js")],
        author: t("ann"),
        message: t("feat"),
        date: "2026-02-01T10:00:00Z",
      },
    ],
    change: { sha: MISTAKE, certainty: "likely" },
    owners: [{ path: t("src/cart.js"), owners: [t("@acme/payments"), t("an e-mail address in CODEOWNERS")] }],
    webUrl: WEB,
    report: {
      rootCause: t("A coupon that has expired is null, and its percent is read all the same."),
      confidence: 0.8,
      evidence: [{ path: t("src/cart.js"), line: 2, quote: t("return cart.coupon.percent;") }],
      ruledOut: [t("The database: it answered.")],
      suggestedFix: t("Treat a missing coupon as none."),
      testCases: [t("A cart without a coupon has a total.")],
      needsPerson: false,
      notes: [t("a quote was dropped")],
    },
    evidence: {
      event: {
        id: "e".repeat(32),
        at: "2026-03-01T12:04:00.000Z",
        url: t("https://errors.example/issues/1/events/e/"),
      },
      breadcrumbs: [
        { at: "2026-03-01T12:03:59.000Z", category: t("http"), level: "info", text: t("GET /stock (200)") },
      ],
      timeline: [
        { at: "2026-03-01T11:45:00.000Z", text: t("bada551 went live"), url: t("https://shop-1.example") },
        { at: "2026-03-01T11:46:00.000Z", text: t("first seen"), url: null },
      ],
      spreads: [
        {
          key: t("transaction"),
          at: "2026-03-01T12:05:00.000Z",
          total: 10,
          values: [{ value: t("POST /checkout"), count: 9 }],
        },
      ],
      code: [
        {
          path: t("src/cart.js"),
          line: 2,
          function: t("total"),
          sha: SHA,
          url: `${WEB}/blob/${SHA}/src/cart.js#L2`,
          lines: [
            { number: 1, text: t("  export function total(cart) {") },
            { number: 2, text: t("    return cart.coupon.percent;") },
            { number: 3, text: t("  }") },
          ],
        },
      ],
      related: [
        {
          kind: "issue",
          number: 7,
          title: t("total is wrong"),
          url: t(`${WEB}/issues/7`),
          updatedAt: "2026-02-27T10:00:00Z",
        },
      ],
      unknown: [t("who is affected by region: sentry answered 403")],
    },
    notes: [t("2 frames are in bundled output")],
    lessons: [
      {
        incidentId: "inc_0",
        outcome: "recovered",
        summary: t("Recovered: TypeError in src/cart.js."),
        pullRequestUrl: t(`${WEB}/pull/3`),
      },
    ],
    tokens: [],
  };
}

function factsOf(text: (usual: string) => string, changes: Partial<IssueFacts> = {}): IssueFacts {
  return {
    incident: {
      number: 4,
      state: "in_review",
      kind: "error",
      title: text("TypeError"),
      culprit: text("total(src/cart)"),
      level: "error",
      environment: text("production"),
      release: text(SHA),
      priority: "P1",
      severity: "high",
      events: 61,
      users: 40,
      firstSeenAt: new Date("2026-03-01T11:46:00Z"),
      lastSeenAt: new Date("2026-03-01T12:04:00Z"),
      sourceUrl: text("https://errors.example/issues/1/"),
      sourceShortId: text("SHOP-1"),
      reopenedCount: 0,
      nextCheckAt: null,
      pausedAt: null,
      pausedBy: null,
      measure: null,
    },
    triageReasons: [text("40 users affected")],
    impact: text("critical: 0 orders instead of 12"),
    investigation: investigationOf(text),
    repairs: {
      runs: [{ attempt: 1, state: "published", profile: "custom", reason: null }],
      pulls: [{ number: 101, state: "open", runId: "run_1" }],
      verdict: null,
    },
    causedBy: null,
    symptoms: [],
    latest: { summary: text("a draft waits"), at: new Date("2026-03-01T12:10:00Z") },
    dashboardUrl: "https://patchpilot.example/incidents/inc_1",
    ...changes,
  };
}

const usual = (text: string) => text;

describe("the issue's text", () => {
  it("says what broke, what it needs, and the likely cause with the lines at the right commit", () => {
    expect(composeIssueBody(factsOf(usual))).toMatchSnapshot();
  });

  it("without a model says the same, and nothing of a model", () => {
    const facts = factsOf(usual);
    const investigation = { ...investigationOf(usual), report: null };
    const body = composeIssueBody({ ...facts, investigation });
    expect(body).not.toMatch(/model/i);
    expect(body).toContain(`[\`src/cart.js:2\`](${WEB}/blob/${SHA}/src/cart.js#L2)`);
    expect(body).toContain(`**Most likely brought by** [\`bada551\`](${WEB}/commit/${MISTAKE})`);
    expect(body).toContain("**Ask** `mira`, who made it, or `@acme/payments`");
  });

  it("links files whose names Markdown would trip over", () => {
    expect(composeIssueBody(factsOf(usual))).toContain(
      `[\`src/(shop)/[id]/page.js\`](${WEB}/blob/${SHA}/src/%28shop%29/%5Bid%5D/page.js)`,
    );
  });

  it.each(INCIDENT_STATES)("tells a person in the state %s what is done and what they have to do", (state) => {
    const facts = factsOf(usual);
    const body = composeIssueBody({ ...facts, incident: { ...facts.incident, state } });
    const [now = "", you = ""] = body.split("\n").filter((line) => /^\*\*(?:Now|From you):\*\*/.test(line));
    expect({ now, you }).toMatchSnapshot();
    expect(body.indexOf("**From you:**")).toBeLessThan(700);
  });

  it("names no change and no cause that is not known", () => {
    const investigation: Investigation = {
      ...investigationOf(usual),
      change: { unknown: "no line of the stack and no deployment points at a commit" },
      report: { ...investigationOf(usual).report, rootCause: null, confidence: 0.2 } as Investigation["report"] &
        object,
      suspects: [],
      evidence: { ...investigationOf(usual).evidence, code: [] } as Investigation["evidence"] & object,
    };
    const body = composeIssueBody(factsOf(usual, { investigation }));
    expect(body).toContain("Which change brought it is unknown: no line of the stack");
    expect(body).toContain("no cause is asserted, and a person should look");
    expect(body).not.toContain("brought by");
  });

  it("of an investigation of before evidence was kept is whole", () => {
    const { change: _c, owners: _o, evidence: _e, webUrl: _w, report: _r, ...old } = investigationOf(usual);
    expect(composeIssueBody(factsOf(usual, { investigation: old }))).toContain("Suspect files: `src/cart.js`");
  });
});

/** The page that a reader gets, without what our own words put there. */
const OURS =
  /<\/?(?:p|br|strong|em|code|pre|h[1-6]|ul|ol|li|table|thead|tbody|tr|th|td|details|summary|div|sub|blockquote|a)(?: (?:class="[\w -]*"|href="https?:\/\/[^"<>]*" rel="nofollow noreferrer"))*>/g;

const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[x](javascript:alert(1))",
  "![p](http://evil.example/p.png)",
  "](http://evil.example)",
  "`](http://evil.example)`",
  "``` \n```\n# owned",
  "</details><h1>owned</h1>",
  "<!-- hidden",
  "@acme/everyone",
  "#1 fixes #2",
  "| a | b |",
  "\u202egnp.exe",
  "\n\n---\n\n# owned\n",
  "**`_~",
  "# owned",
  "- owned",
  "1. owned",
  "[x] owned",
  "===",
  "see http://evil.example/?q=1",
];

describe("text from outside", () => {
  const hostile = fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 20 })), {
    maxLength: 6,
  });

  it("cannot leave its place: no HTML, no link, no heading, no fence, no cell of its own", () => {
    fc.assert(
      fc.property(hostile, (parts) => {
        const body = composeIssueBody(factsOf(() => parts.join(" ")));
        const page = renderMarkdown(body);
        expect(page.replace(OURS, "")).not.toMatch(/<[a-z!/]/i);
        for (const [, href = "", label = ""] of page.matchAll(/<a href="([^"]*)"[^>]*>(.*?)<\/a>/g))
          if (!/^https:\/\/(?:code|patchpilot|errors)\.example/.test(href)) expect(label).toBe(href);
        expect(page).not.toMatch(/<h[1-6]>owned/);
        expect((body.match(/^```/gm) ?? []).length % 2).toBe(0);
        const unfenced = body.replace(/^```$[\s\S]*?^```$/gm, "");
        for (const row of unfenced.split("\n").filter((line) => line.startsWith("| ")))
          expect(row.split("|")).toHaveLength(4);
        const active = unfenced.replace(/`[^`\n]+`/g, "");
        expect(active).not.toMatch(/@\w/);
        expect(active.match(/<details>/g)?.length).toBe(active.match(/<\/details>/g)?.length);
        expect(body).not.toMatch(/\p{Bidi_Control}|(?!\n)\p{Cc}/u);
        expect(body.isWellFormed()).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it("never makes it longer than GitHub takes, whatever there is of it", () => {
    const long = "x`<|\u202e @a #1 ".repeat(20_000);
    const many = Array.from({ length: 500 }, (_, number) => number);
    const usualOne = investigationOf(() => long);
    const evidence = usualOne.evidence as Investigation["evidence"] & object;
    const investigation: Investigation = {
      ...usualOne,
      stack: many.map(() => long),
      suspects: many.map(() => ({ path: long, score: 1, reasons: many.map(() => long) })),
      commits: many.flatMap(() => usualOne.commits),
      notes: many.map(() => long),
      lessons: many.flatMap(() => usualOne.lessons),
      owners: many.map(() => ({ path: long, owners: many.map(() => long) })),
      evidence: {
        ...evidence,
        code: many.flatMap(() => evidence.code),
        breadcrumbs: many.flatMap(() => evidence.breadcrumbs),
        timeline: many.flatMap(() => evidence.timeline),
        spreads: many.flatMap(() => evidence.spreads),
        related: many.flatMap(() => evidence.related),
        unknown: many.map(() => long),
      },
    };
    const facts = factsOf(() => long, {
      investigation,
      triageReasons: many.map(() => long),
      symptoms: many.map((number) => ({ number, title: long, reason: long })),
      repairs: {
        runs: many.map((attempt) => ({ attempt, state: "failed", profile: "custom", reason: long })),
        pulls: many.map((number) => ({ number, state: "open", runId: "r" })),
        verdict: null,
      },
    });
    const body = composeIssueBody(facts);
    expect(body.length).toBeLessThan(55_001);
    expect(composeForeignComment(facts).length).toBeLessThan(65_000);
    expect(body).toContain("## Likely cause");
    expect((body.match(/^```/gm) ?? []).length % 2).toBe(0);
  });

  it("keeps secrets to itself even where it is cut", () => {
    const secret = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
    for (let before = 0; before < 320; before += 7) {
      const body = composeIssueBody(factsOf(() => `${"y".repeat(before)} ${secret} ann@example.com`));
      expect(body).not.toMatch(/ghp_0|ann@ex/);
    }
  });
});
