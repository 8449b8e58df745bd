import type { IncidentStory } from "./model.ts";

/** The loop, in order. */
export const STEP_NAMES = ["alert", "triage", "investigate", "repair", "review", "deploy", "verify"] as const;
export type StepName = (typeof STEP_NAMES)[number];

/** `stopped`: it got this far, and nothing moves on from here by itself. */
export type StepStatus = "done" | "current" | "stopped" | "todo";

export interface Step {
  name: StepName;
  status: StepStatus;
  note: string | null;
  /** When it was done, where that is known. */
  at: string | null;
}

/** Where an incident stands in the loop, for each step whether it is done, at work, stopped or to come. */
export function decideSteps(story: IncidentStory): Step[] {
  const { state } = story.incident;
  const reached = reachedStep(story);
  const isHalted = state === "escalated" || state === "ignored" || state === "observed";
  return STEP_NAMES.map((name, index) => {
    const status: StepStatus = index < reached ? "done" : index > reached ? "todo" : isHalted ? "stopped" : "current";
    return { name, status, note: noteOf(name, story, status), at: status === "done" ? doneAt(name, story) : null };
  });
}

/** The index of the step that is not done yet; past the last one when all are. */
function reachedStep(story: IncidentStory): number {
  switch (story.incident.state) {
    case "new":
      return 1;
    case "investigating":
      return story.investigation === null ? 2 : 3;
    case "repairing":
    case "planned":
      return 3;
    case "in_review":
      return 4;
    case "deploying":
      return 5;
    case "verifying":
      return 6;
    case "recovered":
    case "done":
      return STEP_NAMES.length;
    default:
      return haltedAt(story);
  }
}

/** How far a halted incident got, from what it left behind. */
function haltedAt(story: IncidentStory): number {
  const pull = story.incident.pullRequest;
  const lastRun = story.runs.at(-1);
  if (pull !== null && pull.runId === lastRun?.id) {
    if (pull.mergedAt === null) return 4;
    const [look] = story.verifications;
    return look !== undefined && look.at >= pull.mergedAt ? 6 : 5;
  }
  if (lastRun !== undefined) return 3;
  if (story.investigation !== null) return 3;
  return story.incident.priority === null ? 1 : 2;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function noteOf(name: StepName, story: IncidentStory, status: StepStatus): string | null {
  if (status === "todo") return null;
  const { incident } = story;
  switch (name) {
    case "alert":
      return plural(story.alerts.count, "alert");
    case "triage":
      return incident.priority;
    case "investigate":
      return story.investigation === null ? null : plural(story.investigation.suspects.length, "suspect");
    case "repair":
      return story.runs.length === 0 ? null : `attempt ${story.runs.at(-1)?.attempt ?? story.runs.length}`;
    case "review":
      return incident.pullRequest === null ? null : `#${incident.pullRequest.number}`;
    case "deploy":
      return incident.pullRequest?.mergeSha?.slice(0, 7) ?? null;
    case "verify":
      return story.verifications.length === 0 ? null : plural(story.verifications.length, "look");
  }
}

/** The timeline entry that tells the end of a step. */
const DONE_BY: Readonly<Record<StepName, readonly string[]>> = {
  alert: [],
  triage: ["triaged"],
  investigate: ["investigated"],
  repair: ["pull_request_opened"],
  review: ["merged"],
  deploy: ["deployed"],
  verify: ["recovered"],
};

function doneAt(name: StepName, story: IncidentStory): string | null {
  if (name === "alert") return story.incident.createdAt;
  return story.timeline.findLast((entry) => DONE_BY[name].includes(entry.kind))?.at ?? null;
}
