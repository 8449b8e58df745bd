import type { IncidentState } from "../incidents/model.ts";
import type { IncidentStory, VerificationView } from "./model.ts";

/** `ok`: over. `work`: Patchpilot is at it. `person`: somebody has to act. `quiet`: nothing happens, on purpose. */
export type Tone = "ok" | "work" | "person" | "quiet";

export interface Headline {
  tone: Tone;
  /** The state of things in one sentence. */
  text: string;
  /** Why, or what happened last. */
  detail: string | null;
  /** What a person should do now; null when nothing. */
  next: string | null;
}

/** How states are called, and how they feel. */
export const STATE_WORDS: Readonly<Record<IncidentState, { label: string; tone: Tone }>> = {
  new: { label: "New", tone: "work" },
  observed: { label: "Observed", tone: "quiet" },
  investigating: { label: "Investigating", tone: "work" },
  repairing: { label: "Repairing", tone: "work" },
  planned: { label: "Plan waits", tone: "person" },
  in_review: { label: "In review", tone: "person" },
  deploying: { label: "Deploying", tone: "work" },
  verifying: { label: "Verifying", tone: "work" },
  recovered: { label: "Recovered", tone: "ok" },
  done: { label: "Done", tone: "ok" },
  escalated: { label: "Needs a person", tone: "person" },
  ignored: { label: "Ignored", tone: "quiet" },
};

/** A count as people read it: one decimal where it has any, none from a hundred on. */
export function renderCount(count: number): string {
  return Number.isInteger(count) || count >= 100 ? String(Math.round(count)) : count.toFixed(1);
}

function events(count: number): string {
  return `${renderCount(count)} ${count === 1 ? "event" : "events"}`;
}

/** `0 events since the repair, where 10.2 were expected`, or null where the two cannot be held against each other. */
export function renderProof(look: VerificationView | undefined): string | null {
  if (!look?.since) return null;
  const since = `${events(look.since.events)} since the repair`;
  if (look.expected === null) return since;
  return `${since}, where ${renderCount(look.expected)} ${look.expected === 1 ? "was" : "were"} expected`;
}

/** What others did or said beside it: no answer to how it stands. */
const QUIET_KINDS: ReadonlySet<string> = new Set(["issue_opened", "seer", "source_comment"]);

/** The answer to "what is going on?", for somebody who was just woken up. */
export function composeHeadline(story: IncidentStory): Headline {
  const { tone } = STATE_WORDS[story.incident.state];
  const { causeId, causeReason } = story.incident;
  if (causeId !== null) {
    return { tone: "quiet", text: "A symptom: worked on where its cause is", detail: causeReason, next: null };
  }
  const last = story.timeline.findLast(({ kind }) => !QUIET_KINDS.has(kind))?.summary ?? null;
  const said = { tone, detail: last, next: null, ...sayState(story) };
  const { pausedAt, pausedBy, state } = story.incident;
  const isOver = state === "recovered" || state === "done" || state === "ignored";
  if (pausedAt === null || isOver) return said;
  const next = "To let repairs go on, press Resume below, or comment /patchpilot resume on the issue.";
  return {
    ...said,
    tone: "person",
    text: `${said.text} (paused by ${pausedBy ?? "a person"})`,
    next: said.next ?? next,
  };
}

type Said = { text: string } & Partial<Headline>;

function sayState(story: IncidentStory): Said {
  const { incident } = story;
  const [look] = story.verifications;
  switch (incident.state) {
    case "new":
      return {
        text: "New: not judged yet",
        detail: story.timeline.at(-1)?.summary ?? "The first alert was stored; triage is next.",
      };
    case "observed":
      return { text: "Observed: no repair is under way", next: nextForObserved(story) };
    case "investigating":
      return { text: "Investigating: looking for the code that fails" };
    case "repairing":
      return sayRepairing(story);
    case "planned":
      return {
        text: "A plan waits for you",
        next: "Read it below, and comment /patchpilot approve on the issue, or what should be different and /patchpilot plan.",
      };
    case "in_review":
      return sayInReview(story);
    case "deploying":
      return { text: "Merged: waiting until production runs the repair" };
    case "verifying": {
      const proof = renderProof(look);
      return {
        text: proof ? `Verifying: ${proof}` : "Verifying: the repair is in production, its effect is being measured",
      };
    }
    case "recovered": {
      const proof = renderProof(look);
      return {
        text: proof ? `Recovered: ${proof}` : "Recovered",
        detail: look?.explanation || (story.timeline.at(-1)?.summary ?? null),
      };
    }
    case "done":
      return { text: "Done: what was asked for is merged" };
    case "escalated":
      return sayEscalated(story);
    case "ignored":
      return { text: "Ignored: nothing is done about it" };
  }
}

function nextForObserved({ incident }: IncidentStory): string | null {
  return incident.issueUrl === null ? null : "To have it repaired anyway, comment /patchpilot fix on the issue.";
}

function sayRepairing(story: IncidentStory): Said {
  const run = story.runs.at(-1);
  if (run === undefined) return { text: "Repairing: a run is being prepared" };
  const attempt = `attempt ${run.attempt}`;
  if (run.state === "queued") {
    return {
      text: `Repairing: ${attempt} waits for a runner`,
      next: "If none takes it, start one with `patchpilot runner`.",
    };
  }
  if (run.state === "claimed") {
    return { text: `Repairing: a worker is on ${attempt}${run.phase ? ` (${run.phase.replaceAll("_", " ")})` : ""}` };
  }
  if (run.state === "reported") return { text: `Repairing: the patch of ${attempt} is being judged` };
  return { text: `Repairing: ${attempt} ended, the next one is being prepared` };
}

function sayInReview({ incident, runs }: IncidentStory): Said {
  const pull = incident.pullRequest;
  if (pull === null) return { text: "A pull request waits for review" };
  const round = runs.findLast((run) => run.round !== null && ["queued", "claimed", "reported"].includes(run.state));
  if (round?.round?.pullNumber === pull.number) {
    const text = `Pull request #${pull.number} is being revised: round ${round.round.round} of at most ${round.round.of}`;
    return { tone: "work", text, next: "Wait for the new commit before you merge." };
  }
  const name = `${pull.isDraft ? "draft " : ""}pull request #${pull.number}`;
  return { text: `A repair waits for you in ${name}`, next: "Read the pull request, and merge it if it is right." };
}

function sayEscalated(story: IncidentStory): Said {
  const why = story.timeline.findLast((entry) => entry.kind === "escalated")?.summary ?? null;
  const needsApproval = story.runs.at(-1)?.gate?.verdict === "require_approval";
  const command = needsApproval ? "/patchpilot approve to let the patch pass, or " : "";
  return {
    text: "A person has to look: Patchpilot cannot go on by itself",
    detail: why,
    next:
      story.incident.issueUrl === null
        ? "Repair it by hand."
        : `Repair it by hand, or comment ${command}/patchpilot retry on the issue for a fresh attempt.`,
  };
}
