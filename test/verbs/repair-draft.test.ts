import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bench, createBench, mustRun } from "../support/context.ts";
import { expectCrashSafe } from "../support/once.ts";
import { openTestPglite } from "../support/pglite.ts";
import {
  command,
  comment,
  mustClaim,
  NEEDS_APPROVAL,
  openPublished,
  openReported,
  report,
} from "../support/repair-flow.ts";

const PUBLISH = "repair.publish-patch";

let database: Awaited<ReturnType<typeof openTestPglite>>;
let bench: Bench;

beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await createBench(database);
});

const body = () => bench.repository.pulls[0]?.body ?? "";
const title = () => bench.repository.pulls[0]?.title ?? "";
/** The repository gets files of its own before anything breaks. */
const push = (files: Record<string, string>, message?: string) => bench.repository.push("main", files, message);

describe("the draft", () => {
  it("closes its issue, and says what failed, what was run, and how to undo it", async () => {
    await openPublished(bench);
    expect(body()).toMatch(/^(?:Closes #\d+|Repairs incident \d+): \*\*/);
    expect(body()).toContain("## What failed before");
    expect(body()).toContain(
      "| ✔ | New test on the broken code: `run new-test-on-base` | **fails** as it should (exit 1, 1.2 s) |",
    );
    expect(body()).toContain(
      "| ✔ | New test with the patch: `run new-test-on-patch` | **passes** as it should (exit 0, 1.2 s) |",
    );
    expect(body()).toContain("## How to undo");
    expect(bench.repository.pulls[0]?.labels).toContain("patchpilot");
  });

  it("says loudly that nothing was validated, and ticks nothing", async () => {
    await openPublished(bench, { commands: [] });
    expect(body()).toContain("> **No validation at all.**");
    expect(body()).not.toMatch(/✔|\[x\]/i);
  });

  it("marks what did not end as it should", async () => {
    const commands = [command("lint", 2), command("new-test-on-base", 1), command("new-test-on-patch", 0)];
    await openPublished(bench, { commands });
    expect(body()).toContain("| ✘ | Lint: `run lint` | **fails**, should be: passes (exit 2, 1.2 s) |");
  });

  it("keeps to the repository's template: our words under its headings, its boxes unticked", async () => {
    push({
      ".github/pull_request_template.md":
        "<!-- Thanks! -->\n## Description\n<!-- what and why -->\n\n## How was this tested?\n\n## Screenshots\n\n## Checklist\n- [x] I read the guide\n- [ ] I added tests\n",
    });
    await openPublished(bench);
    const headings = body().match(/^## .*/gm);
    expect(headings?.slice(0, 4)).toEqual([
      "## Description",
      "## How was this tested?",
      "## Screenshots",
      "## Checklist",
    ]);
    expect(headings).toContain("## How to undo");
    expect(headings).not.toContain("## Cause");
    expect(body()).toMatch(/## Description\n\nA cart without a coupon/);
    expect(body()).toContain("- [ ] I read the guide");
    expect(body()).not.toContain("<!--");
  });

  it("is titled as the repository titles its commits", async () => {
    for (let count = 0; count < 6; count++) push({ "notes.txt": `${count}` }, `Add note ${count}`);
    await openPublished(bench);
    expect(title()).toMatch(/^Fix \S/);
  });

  it("names the scope in use where the change lies in it", async () => {
    for (let count = 0; count < 6; count++)
      push({ "notes.txt": `${count}` }, `chore(${count % 2 ? "cart" : "shop"}): note ${count}`);
    await openPublished(bench);
    expect(title()).toMatch(/^fix\(cart\): \S/);
  });
});

describe("the target repository's file", () => {
  it("tightens what the operator allows", async () => {
    push({ ".github/patchpilot.yml": "paths:\n  blocked:\n    - src/cart.js\n" });
    const { incidentId } = await openPublished(bench);
    expect(bench.repository.pulls).toEqual([]);
    expect((await bench.said(incidentId, "gate_denied")).join()).toContain("src/cart.js");
  });

  it("that is wrong is told in the draft, and the operator's policy holds", async () => {
    push({ ".github/patchpilot.yml": "policy:\n  maxFile: 3\n" });
    await openPublished(bench);
    expect(body()).toContain(".github/patchpilot.yml cannot be read, so only the operator's policy holds");
    expect(body()).toContain("maxFile");
  });

  it("that is no YAML is told with its line", async () => {
    push({ ".github/patchpilot.yml": "policy: [\n" });
    await openPublished(bench);
    expect(body()).toMatch(/cannot be read.*line \d+/);
  });

  it("can ask for the owners that CODEOWNERS names", async () => {
    push({ ".github/patchpilot.yml": "policy: { codeowners: require_approval }", CODEOWNERS: "/src/ @acme/shop\n" });
    const { incidentId } = await openPublished(bench);
    expect(bench.repository.pulls).toEqual([]);
    expect(await bench.incident(incidentId)).toMatchObject({ state: "escalated" });
    expect((await bench.said(incidentId, "gate_denied")).join()).toContain("@acme/shop");
  });

  it("can hold drafts back, and they come when there is room", async () => {
    push({ ".github/patchpilot.yml": "policy: { maxOpenPullRequests: 0 }" });
    const { incidentId, runId } = await openPublished(bench);
    expect(bench.repository.pulls).toEqual([]);
    expect(await bench.said(incidentId, "held")).toEqual([expect.stringContaining("where 0 may be")]);
    await mustRun(bench, PUBLISH, { runId });
    expect(await bench.said(incidentId, "held")).toHaveLength(1);
  });
});

describe("what a person approved", () => {
  it("stands in the check run at its line", async () => {
    bench.repository.permissions.set("ann", "write");
    await openPublished(bench, { diff: NEEDS_APPROVAL });
    await bench.settle();
    await comment(bench, "ann", "/patchpilot approve");
    await bench.settle();
    expect(bench.repository.checkRuns[0]).toMatchObject({
      name: "patchpilot/gate",
      title: "Approved by ann",
      annotations: [{ path: "vitest.config.js", line: 1, level: "warning", title: "approval-path" }],
    });
    expect(body()).toContain("**approval-path** `vitest.config.js`");
  });
});

describe("a draft of an earlier attempt", () => {
  it("that is still open says what supersedes it, once, and is closed", async () => {
    const { incidentId } = await openPublished(bench);
    await bench.touch(incidentId, { state: "investigating" });
    await mustRun(bench, "repair.start-repair", { incidentId });
    const second = await mustClaim(bench);
    await report(bench, second);
    await expectCrashSafe(bench, PUBLISH, { runId: second.runId }, "ensurePullRequestClosed");
    const [first, next] = bench.repository.pulls;
    expect(first).toMatchObject({ state: "closed", comments: [expect.stringContaining(`#${next?.number}`)] });
    expect(next?.state).toBe("open");
    expect((await bench.pulls(incidentId)).map((pull) => pull.state)).toEqual(["closed", "open"]);
  });
});

describe("an incident that resolved by itself", () => {
  it.each(["ensureBranch", "ensureCommit", "ensurePullRequest"])("after %s gets nothing more", async (method) => {
    const { incidentId, runId } = await openReported(bench);
    bench.script.during(method, () => bench.touch(incidentId, { state: "recovered" }));
    await mustRun(bench, PUBLISH, { runId });
    const made = ["ensureBranch", "ensureCommit", "ensurePullRequest", "ensureLabels", "ensureCheckRun"];
    const calls = bench.script.calls.filter((name) => made.includes(name));
    expect(calls.at(-1)).toBe(method);
    expect(await bench.said(incidentId, "run_dropped")).toEqual(["attempt 1: the incident is recovered"]);
  });
});
