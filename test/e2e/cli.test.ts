import { describe, expect, it } from "vitest";
import { runProgram } from "../support/run-program.ts";

const cli = (args: readonly string[], input?: string) => runProgram(["cli/main.ts", ...args], input);
const NOW = "2026-11-20T12:00:00.000Z";

const LINES: Record<string, { line: unknown; answers: Record<string, unknown> }> = {
  delivery: {
    line: { source: "github", headers: { "x-github-event": "ping" }, body: "{}", secret: "s" },
    answers: { outcome: "rejected", status: 401, signal: null },
  },
  triage: {
    line: {
      title: "TypeError: x",
      level: "fatal",
      environment: "production",
      events: 900,
      users: 60_000,
      firstSeenAt: "2026-11-20T11:00:00Z",
      lastSeenAt: NOW,
      now: NOW,
      unhandled: true,
      regression: false,
      baselineEventsPerHour: null,
      impact: null,
    },
    answers: { priority: "P0", severity: "critical", worthRepair: true },
  },
  suspects: {
    line: {
      frames: [{ filename: "/var/task/src/a.js", function: "f", lineno: 1, in_app: true }],
      repoFiles: ["src/a.js", "src/b.js"],
      recentCommits: [],
      lessons: [],
    },
    answers: { suspects: expect.arrayContaining([expect.objectContaining({ path: "src/a.js" })]) },
  },
  gate: { line: { diff: "", taskKind: "bugfix" }, answers: { verdict: "deny" } },
  intent: {
    line: { comment: "/patchpilot fix", author: { login: "a", type: "User", permission: "read" } },
    answers: { intent: "implement", allowed: false },
  },
  redact: {
    line: { text: `token ${"ghp_"}${"a1B2".repeat(9)}` },
    answers: { found: [{ kind: expect.any(String), count: 1 }] },
  },
  recovery: {
    line: {
      now: NOW,
      incident: { firstSeenAt: NOW, lastSeenAt: NOW },
      baseline: { events: 100, hours: 10 },
      repair: null,
      deployment: null,
      health: "pass",
      since: { events: 0, eventsOnOldReleases: 0, hours: 1 },
      sentryStatus: "unresolved",
      history: { attempts: 0, partialStreak: 0 },
    },
    answers: { action: expect.stringMatching(/^(wait|escalate)$/) },
  },
};

describe("patchpilot explain", () => {
  it.each(Object.keys(LINES))(
    "%s answers one object a line, in order, and `error` for a bad line with exit 1",
    async (topic) => {
      const { line, answers } = LINES[topic] ?? { line: null, answers: {} };
      const text = JSON.stringify(line);
      const { code, stdout } = await cli(["explain", topic], `${text}\nnot json\n${text}\n`);
      const lines = stdout
        .trim()
        .split("\n")
        .map((one) => JSON.parse(one));
      expect(lines).toHaveLength(3);
      expect(lines[0]).toMatchObject(answers);
      expect(lines[1]).toEqual({ error: expect.any(String) });
      expect(lines[2]).toEqual(lines[0]);
      expect(code).toBe(1);
    },
  );
});

describe("the operator's CLI", () => {
  it.each([
    [["no-such-command"], "there is no command no-such-command"],
    [["explain", "weather"], "explain takes one topic"],
    [["run"], "run takes one incident"],
    [["control", "explode"], "control knows status, stop, resume and calm"],
    [["migrate", "--nonsense"], "--nonsense"],
    [["memory", "explode"], "memory knows list, show, correct and forget"],
    [["memory", "correct", "les_1"], "names nothing to correct"],
    [["metrics", "--days", "x"], "--days is a whole number"],
  ])("%j is wrong use: exit 2, one readable line, no stack", async (args, message) => {
    const { code, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("--help lists every command and exits 0", async () => {
    const { code, stdout } = await cli(["--help"]);
    expect(code).toBe(0);
    for (const name of ["start", "explain", "control", "runner", "schedules", "migrate"])
      expect(stdout).toContain(name);
  });
});
