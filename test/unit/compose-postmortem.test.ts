import { describe, expect, it } from "vitest";
import { composePostmortem } from "../../lib/insight/compose-postmortem.ts";
import type { IncidentStory, TimelineView } from "../../lib/insight/model.ts";

const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute)).toISOString();
let seq = 0;
const entry = (kind: string, minute: number, more: Partial<TimelineView> = {}): TimelineView => {
  seq += 1;
  return { seq, at: at(minute), actor: "system:x", kind, summary: `${kind} happened`, detail: {}, url: null, ...more };
};
const PULL = {
  number: 7,
  url: "https://code.example/pull/7",
  state: "merged",
  branch: "b",
  headSha: "h",
  isDraft: false,
  isVerifiedCommit: true,
  runId: "run_1",
  createdAt: at(5),
  mergedAt: at(8),
  mergeSha: "m".repeat(40),
};

function story(more: Partial<IncidentStory> = {}, incident: Partial<IncidentStory["incident"]> = {}): IncidentStory {
  seq = 0;
  const facts = {
    incident: {
      ...{
        id: "inc_1",
        number: 3,
        state: "recovered",
        kind: "error",
        title: "TypeError: <b>x</b> @ada",
        level: "error",
      },
      ...{ culprit: null, environment: "production", release: null, source: "sentry", sourceShortId: "SHOP-1" },
      ...{
        sourceUrl: "https://errors.example/1",
        priority: "P1",
        severity: "high",
        events: 60,
        users: null,
        attempts: 1,
      },
      ...{ reopenedCount: 0, issueNumber: 1, issueUrl: null, firstSeenAt: at(0), lastSeenAt: at(8), reopenedAt: null },
      ...{ nextCheckAt: null, createdAt: at(1), updatedAt: at(20), closedAt: at(20), causeId: null, causeReason: null },
      ...{ snoozedUntil: null, pausedAt: null, pausedBy: null, pullRequest: PULL },
      ...incident,
    },
    alerts: { count: 3, lastAt: at(8) },
    triage: null,
    investigation: null,
    runs: [],
    pullRequests: [PULL],
    feedback: [],
    deployments: [],
    verifications: [],
    approvals: [],
    timeline: [
      entry("triaged", 1),
      entry("pull_request_opened", 5, { url: PULL.url }),
      entry("merged", 8, { actor: "provider:github", url: PULL.url }),
      entry("deployed", 9),
      entry("recovered", 20, { summary: "0 events since the repair, where 10.2 were expected" }),
    ],
    symptoms: [],
    ...more,
  };
  return facts as IncidentStory;
}
const write = (told: IncidentStory, publicUrl: string | null = "https://pp.example") =>
  composePostmortem(told, { publicUrl });
const sentences = (text: string) => text.split("\n").filter((line) => line.startsWith("- "));

describe("the draft of a postmortem", () => {
  it("ends every sentence with its evidence, linked where there is a page", () => {
    const lines = sentences(write(story()));
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/<sub>\(.+\)<\/sub>$/);
    expect(write(story())).toContain("[timeline 3](https://pp.example/incidents/inc_1#entry-3)");
    expect(write(story())).toContain("[pull request 7](https://code.example/pull/7)");
    expect(write(story(), null)).toContain("(timeline 3, ");
    expect(write(story(), null)).not.toContain("#entry-");
  });

  it("says unknown where nothing is recorded, and invents nothing", () => {
    const text = write(story());
    expect(text).toContain("users unknown");
    expect(text).toContain("Product, during: unknown, it was not measured");
    expect(text).toContain("Unknown: it was not investigated");
    expect(text).toContain("Before: unknown");
    expect(write(story({ timeline: [] }))).toContain("Recovery proved: unknown");
  });

  it("measures from the beginning: detect, acknowledge, repair, recover", () => {
    const text = write(story());
    expect(text).toMatch(/Detected: 1 min after it began, at 2026-03-01 12:01:00 UTC/);
    expect(text).toMatch(/Acknowledged by a person: 8 min after/);
    expect(text).toMatch(/Repair merged: 8 min after/);
    expect(text).toMatch(/Recovery proved: 20 min after/);
  });

  it("tells what did not work beside what did", () => {
    const failed = [entry("run_failed", 3, { summary: "attempt 1: the tests fail" }), ...story().timeline];
    const text = write(story({ timeline: failed }));
    const [, rest = ""] = text.split("## What did not");
    expect(rest.split("## Times")[0]).toContain("run failed: attempt 1: the tests fail");
    expect(write(story())).toContain("Nothing is recorded as having failed on the way");
  });

  it("tells of the last occurrence when it came back", () => {
    const again = [
      ...story().timeline,
      entry("reopened", 40),
      entry("merged", 50, { url: PULL.url }),
      entry("recovered", 60),
    ];
    const text = write(story({ timeline: again }, { reopenedCount: 1, reopenedAt: at(38) }));
    expect(text).toContain("It had come back 1 time before");
    expect(text).toMatch(/Recovery proved: 22 min after/);
  });

  it("quiets text from outside", () => {
    const text = write(story());
    expect(text).not.toContain("<b>");
    expect(text).not.toContain("@ada");
  });
});
