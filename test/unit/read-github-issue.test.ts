import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import * as z from "zod";
import { githubIssueTextSchema } from "../../lib/intake/issue-text-model.ts";
import { readGithubIssue } from "../../lib/intake/read-github-issue.ts";
import { readIssueFrames } from "../../lib/intake/read-issue-frames.ts";
import { readSentryLink } from "../../lib/intake/read-sentry-link.ts";

const FIXTURES = join(import.meta.dirname, "../fixtures/github-issues");
const issueOf = (name: string) =>
  githubIssueTextSchema.parse(JSON.parse(readFileSync(join(FIXTURES, `${name}.json`), "utf8")));
const readOf = (name: string) => readGithubIssue(issueOf(name));

const LINK = "Sentry Issue: [SHOP-1](https://pine-and-co.sentry.io/issues/650/?referrer=github_integration)";
const FENCE = "```\nTypeError: x\n  at total (src/cart.js:40:18)\n```";
const MEMBER = { author: { login: "ada", type: "User" }, authorAssociation: "MEMBER" };
const read = (body: string | null, changes: Record<string, unknown> = {}) =>
  readGithubIssue(githubIssueTextSchema.parse({ title: "t", body, labels: [], ...MEMBER, ...changes }));
const placesOf = (frames: { filename: string | null; line: number | null }[]) =>
  frames.map(({ filename, line }) => `${filename}:${line}`);

describe("an issue of Sentry's GitHub integration", () => {
  it.each([
    ["javascript", "SHOP-1A", ["src/server.js:88", "src/cart.js:40", "src/pricing/coupon.js:12"]],
    ["javascript-oldest-first", "SHOP-1B", ["webpack-internal:///(rsc)/./src/server.js:88", "src/cart.js:40"]],
    ["python-alert-rule", "SHOP-PY-2", ["shop/views.py:31", "shop/orders.py:12"]],
    ["kotlin-chain", "SHOP-AND-9", ["<generated>:null", "Cart.kt:40", "Cart.kt:44"]],
    ["swift-edited", "SHOP-IOS-7", ["null:null", "<compiler-generated>:null", "CartViewController.swift:124"]],
    ["ruby", "SHOP-RB-3", ["null:null", "app/controllers/carts_controller.rb:8", "app/models/cart.rb:21"]],
    ["message", "SHOP-2C", []],
    ["performance-table", "SHOP-3D", []],
    ["plugin", null, ["/main.d8a4547b.js:11", "/main.d8a4547b.js:11"]],
  ])("%s is accepted, with its Sentry issue and its frames in Sentry's order", (name, shortId, places) => {
    const reading = readOf(name);
    expect(reading).toMatchObject({ accepted: true, sentry: { shortId, issueId: expect.stringMatching(/^\d{9,}$/) } });
    expect(placesOf(reading.frames)).toEqual(places);
  });

  it("names its Sentry issue by an address without query", () => {
    expect(readOf("javascript").sentry?.permalink).toBe("https://pine-and-co.sentry.io/issues/6507376901/");
    expect(readOf("plugin").sentry).toEqual({
      issueId: "346580123",
      shortId: null,
      permalink: "https://sentry.io/pine-and-co/shop/issues/346580123/",
    });
  });

  it("keeps what a frame says: function, module, line of code", () => {
    expect(readOf("kotlin-chain").frames.at(-1)).toMatchObject({
      module: "com.pine.shop.cart.Cart$total$1",
      function: "invoke",
    });
    expect(readOf("python-alert-rule").frames.at(-1)).toMatchObject({
      function: "order_lines",
      contextLine: "return [line['sku'] for line in lines]",
    });
    expect(readOf("ruby").frames[0]).toMatchObject({
      module: "puma.server",
      function: "process_client",
      filename: null,
    });
    expect(readOf("javascript").frames[0]).toMatchObject({ function: null, column: 5 });
  });

  it("of user feedback is recognised, and is no error", () => {
    expect(readOf("feedback")).toMatchObject({ accepted: false, reason: expect.stringContaining("feedback") });
  });

  it.each([
    ["text between link and fence", `${LINK}\n\nRelease 4.6\n\n${FENCE}`],
    ["text before the link", `Hello\n${LINK}\n\n${FENCE}`],
    ["headings below", `${LINK}\n\n${FENCE}\n\n## Steps\n1. buy`],
    ["a language at the fence", `${LINK}\n\nseen twice\n\n${FENCE.replace("```", "```js")}`],
    ["a second fence", `${LINK}\n\n${FENCE}\n\n\`\`\`js\nconst a = 1;\n\`\`\``],
    ["no referrer, but all else", `${LINK.replace(/\?[^)]*/, "")}\n\n${FENCE}`],
    [
      "a value that holds three ticks",
      `${LINK}\n\n\`\`\`\nError: see\n\`\`\`\nthere\n  at total (src/cart.js:40:18)\n\`\`\``,
    ],
    ["CRLF", `${LINK}\n\n${FENCE}`.replaceAll("\n", "\r\n")],
  ])("is accepted with its frames when people edited it: %s", (_, body) => {
    expect(read(body)).toMatchObject({ accepted: true, frames: [{ filename: "src/cart.js", line: 40 }] });
  });

  it.each([
    ["the link alone", LINK],
    [
      "a ticket of an alert's activity",
      `${LINK.replace(/\?[^)]*/, "")}\n\nThis ticket was automatically created by Sentry via [Alert](https://x.y)`,
    ],
  ])("is accepted without a fence: %s", (_, body) => {
    expect(read(body)).toMatchObject({ accepted: true, frames: [] });
  });
});

describe("the order of frames", () => {
  const frames = (lines: string[]) => placesOf(readIssueFrames(lines.join("\n")).frames);
  const PYTHON = ['  File "a.py", line 1, in a', '  File "b.py", line 2, in b'];
  const CUT = "(3 additional frame(s) were not displayed)";

  it("is turned where Sentry prints the newest first, and kept where it prints the oldest first", () => {
    expect(frames(["E: x", "  at a (a.js:1)", "  at b (b.js:2)"])).toEqual(["b.js:2", "a.js:1"]);
    expect(frames(["E: x", ...PYTHON])).toEqual(["a.py:1", "b.py:2"]);
  });

  it("is settled by the line on left-out frames, which stands at the old end", () => {
    expect(frames(["E: x", ...PYTHON, "...", CUT])).toEqual(["b.py:2", "a.py:1"]);
    expect(frames(["E: x", CUT, "...", "  at a (a.js:1)", "  at b (b.js:2)"])).toEqual(["a.js:1", "b.js:2"]);
  });

  it("counts the last exception of a chain that has a stack, and reads its type and value", () => {
    const text = ["A: 1", "  at a (a.js:1)", "", "B: 2", "more", "  at b (b.js:2)", "", "a message"].join("\n");
    expect(readIssueFrames(text)).toMatchObject({
      errorType: "B",
      errorMessage: "2\nmore",
      frames: [{ filename: "b.js" }],
    });
  });

  it("a stack inside a message is no stack of Sentry's", () => {
    const text = "Error: wrapped\n    at Object.foo (native.js:1:2)\n    at bar (x.js:3:4)\n  at real (src/a.js:1:2)";
    expect(placesOf(readIssueFrames(text).frames)).toEqual(["src/a.js:1"]);
  });
});

describe("what only looks like Sentry's issue is refused, each with its own reason", () => {
  const SENTRY = "https://sentry.io/organizations/pine/issues/650/";
  it.each([
    [
      "Zapier",
      `${SENTRY}?referrer=webhooks_plugin\n\n*Generated by the ["x"](https://zapier.com/app/editor/1) zap on zapier.com*`,
      /Zapier/,
    ],
    [
      "Bugsnag",
      "## Error in Shop\n\n[View on Bugsnag](https://app.bugsnag.com/p/s/errors/1)\n\n*Created automatically via Bugsnag*",
      /Bugsnag/,
    ],
    ["e-mail", `[View](${SENTRY}?referrer=alert_email)\n\n${FENCE}`, /e-mail/],
    ["e-mail, in the integration's form", `${LINK.replace("github_integration", "alert_email")}\n\n${FENCE}`, /e-mail/],
    [
      "Jira",
      "Sentry Issue: [SHOP-1|https://pine.sentry.io/issues/650/?referrer=jira_integration]\n\n{code}\nE: x\n{code}",
      /Jira/,
    ],
    ["Slack", `${LINK.replace("github_integration", "slack")}\n\n${FENCE}`, /copied from elsewhere \(referrer slack\)/],
    ["webhooks plugin", `${SENTRY}?referrer=webhooks_plugin`, /webhooks plugin/],
    [
      "an agent's link with the short id",
      "**Sentry:** [SHOP-1Y](https://pine.sentry.io/issues/SHOP-1Y)",
      /agent.*short id/,
    ],
    [
      "an agent's report",
      `Sentry Issue: [SHOP-1](${SENTRY})\n\n## Root cause\n\n\`\`\`python\nx = 1\n\`\`\``,
      /by an agent/,
    ],
    [
      "a script with a share link",
      `**Sentry Url**: https://sentry.io/share/issue/9721304529a044e2/\n\n${FENCE}`,
      /share link/,
    ],
    ["a link made by hand", `[Sentry](${SENTRY}?project=1)`, /by hand/],
    ["a link whose text is no short id", `Sentry Issue: [TEST](${SENTRY})`, /no short id/],
    ["the link in a quotation", `> ${LINK}`, /by hand/],
    ["the link in a code fence", `\`\`\`\n${LINK}\n\`\`\``, /no link/],
    ["a bare link without a fence", SENTRY, /by hand/],
    ["an issue on GitHub", "https://github.com/o/r/issues/12\n\n```\nE: x\n```", /no link/],
    [
      "an issue on GitHub in the integration's form",
      `Sentry Issue: [R-1](https://github.com/o/r/issues/12)\n\n${FENCE}`,
      /code host/,
    ],
    ["an issue on an enterprise GitHub", `https://github.corp.example/o/r/issues/12\n\n${FENCE}`, /no link/],
    ["Patchpilot's own issue", `${LINK}\n\n${FENCE}\n\n<!-- patchpilot:incident:inc_1:ab -->`, /Patchpilot's own/],
    ["a UTF-8 issue", "The Sentry docs page shows UTF-8 wrongly", /no link/],
    ["nothing", null, /no link/],
  ])("%s", (_, body, reason) => {
    expect(read(body)).toEqual({
      accepted: false,
      reason: expect.stringMatching(reason),
      sentry: null,
      environment: null,
      frames: [],
    });
  });
});

describe("the author", () => {
  const BODY = `${LINK}\n\n${FENCE}`;
  const by = (login: string, type: string | null, authorAssociation: string | null, permission?: string) =>
    read(BODY, { author: { login, type }, authorAssociation, permission });

  it.each([
    ["sentry-io[bot]", "Bot", "NONE"],
    ["sentry[bot]", "Bot", "CONTRIBUTOR"],
    ["app/sentry", "Bot", "NONE"],
    ["ada", "User", "OWNER"],
    ["ada", "User", "MEMBER"],
    ["ada", "User", "COLLABORATOR"],
  ])("%s (%s, %s) is believed", (login, type, association) => {
    expect(by(login, type, association).accepted).toBe(true);
  });

  it.each([
    ["stranger", "User", "NONE", /outsider/],
    ["stranger", "User", "CONTRIBUTOR", /outsider/],
    ["stranger", "User", "FIRST_TIME_CONTRIBUTOR", /outsider/],
    ["stranger", "User", null, /outsider/],
    ["sentry-io", "User", "NONE", /outsider/],
    ["my-sentry-io[bot]", "Bot", "COLLABORATOR", /only Sentry's own app/],
    ["zapier[bot]", null, "MEMBER", /only Sentry's own app/],
  ])("%s (%s, %s) is not", (login, type, association, reason) => {
    expect(by(login, type, association)).toMatchObject({
      accepted: false,
      reason: expect.stringMatching(reason),
      sentry: null,
    });
  });

  it("is nobody when the account was deleted", () => {
    expect(read(BODY, { author: null })).toMatchObject({
      accepted: false,
      reason: expect.stringContaining("not known"),
    });
  });

  it.each([
    ["write", "NONE", true],
    ["maintain", "CONTRIBUTOR", true],
    ["read", "MEMBER", false],
    ["triage", "COLLABORATOR", false],
    ["none", "OWNER", false],
  ])("is judged by the permission where it was asked for: %s with %s", (permission, association, accepted) => {
    expect(by("ada", "User", association, permission).accepted).toBe(accepted);
  });
});

describe("the environment", () => {
  const BODY = `${LINK}\n\n${FENCE}`;
  it("is not known where nobody named it", () => expect(read(BODY).environment).toBeNull());

  it.each([
    ["staging", "staging"],
    ["qa", "qa"],
    ["Prod", "production"],
    ["environment: eu-1", "eu-1"],
    ["env/staging", "staging"],
  ])("is what the label %s says", (label, environment) => {
    expect(read(BODY, { labels: ["bug", label] }).environment).toBe(environment);
    expect(read(BODY, { labels: [{ name: label }] }).environment).toBe(environment);
  });

  it.each([
    "**Environment:** staging",
    "Environment: `staging`",
    "- Environment: staging",
    "| **environment** | staging |",
  ])("is read from the line %s", (line) => expect(read(`${LINK}\n\n${line}\n\n${FENCE}`).environment).toBe("staging"));

  it("is not read from inside the stack", () => {
    expect(read(`${LINK}\n\n\`\`\`\nError: x\nenvironment: staging\n\`\`\``).environment).toBeNull();
  });

  it("written in an edited body is read", () => expect(readOf("swift-edited").environment).toBe("staging"));
});

describe("the address of a Sentry issue", () => {
  it.each([
    ["https://pine.sentry.io/issues/650/?referrer=github_integration", "650", "pine"],
    ["https://sentry.io/organizations/pine/issues/650/", "650", "pine"],
    ["https://us.sentry.io/organizations/pine/issues/650/events/ab/", "650", "pine"],
    ["https://errors.example/sentry/organizations/pine/issues/650", "650", "pine"],
    ["https://sentry.example/issues/650/", "650", null],
    ["https://beta.getsentry.com/pine/shop/group/752/", "752", "pine"],
    ["http://127.0.0.1:9000/organizations/pine/issues/650/", "650", "pine"],
  ])("%s", (address, issueId, org) => {
    expect(readSentryLink(address)).toMatchObject({ issueId, org });
  });

  it.each([
    "https://github.com/o/r/issues/12",
    "https://github.com/o/r/issues/12/",
    "https://code.example/o/r/issues/12",
    "https://sentry.io/issues/",
    "https://sentry.io/issues/12a/",
    "ftp://sentry.io/issues/12/",
    "https://[/issues/12/",
  ])("%s is none", (address) => expect(readSentryLink(address)).toHaveProperty("fault"));
});

describe("a hostile body of 64 KB", () => {
  const START = `${LINK}\n\n\`\`\`\n`;
  it.each([
    ["brackets", "[".repeat(65_536)],
    ["Jira links", "[a|https://".repeat(6_000)],
    ["addresses", "https://sentry.io/issues/".repeat(2_600)],
    ["fences", "```\n".repeat(16_000)],
    ["half frames", START + `  at ${" (".repeat(990)}x\n`.repeat(32)],
    ["half Java frames", START + `    at ${"a.b(".repeat(480)}\n`.repeat(32)],
    ["colons", START + `  at a (${"1:".repeat(980)}x)\n`.repeat(32)],
    ["quotes", START + `  File ${'"'.repeat(1_900)}\n`.repeat(32)],
    ["stars", `${"> ".repeat(9)}environment${"* ".repeat(30)}\n`.repeat(700)],
    ["blank lines", "\n".repeat(65_536)],
  ])("of %s is read in no time", (_, body) => {
    const startedMs = performance.now();
    read(body);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

const SAMPLES = join(import.meta.dirname, "../../../shared/samples/sentry-github-issues");
const sampleSchema = z.object({
  title: z.string().nullable(),
  body: z.string(),
  labels: z.array(z.string()).default([]),
  created_by: z.string().default("a-member"),
  platform: z.string().default(""),
});

/** The samples name the author as GitHub's command line does; who wrote those that name none was one of the project. */
function readSample(path: string) {
  const { created_by: login, ...issue } = sampleSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  const author = { login, type: login.startsWith("app/") ? "Bot" : "User" };
  const reading = readGithubIssue(githubIssueTextSchema.parse({ ...issue, author, authorAssociation: "MEMBER" }));
  return { ...reading, platform: issue.platform };
}
const listSamples = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".json"));

if (!existsSync(SAMPLES)) {
  test.skip("the shared samples (skipped: ../shared/samples is not beside this checkout)", () => {});
} else {
  test.each(listSamples(SAMPLES))("the real issue %s is accepted with id and frames", (name) => {
    const { accepted, sentry, frames, platform } = readSample(join(SAMPLES, name));
    expect(accepted).toBe(true);
    expect(sentry?.issueId).toMatch(/^\d+$/);
    if (platform.includes("no frames")) expect(frames).toEqual([]);
    else expect(frames.length).toBeGreaterThan(0);
  });

  test.each(listSamples(join(SAMPLES, "variants")))("the look-alike %s is refused by its text", (name) => {
    const { accepted, reason } = readSample(join(SAMPLES, "variants", name));
    expect(accepted).toBe(false);
    expect(reason).toMatch(/Zapier|Bugsnag|e-mail|by hand|agent|script|no short id/);
  });
}
