import type { IncidentState } from "../incidents/model.ts";
import { minute, quiet } from "../kernel/render-markdown.ts";

export interface NextFacts {
  state: IncidentState;
  attempts: number;
  pulls: readonly { number: number; state: string }[];
  nextCheckAt: Date | null;
  isPaused: boolean;
  isSymptom: boolean;
  /** What happened last, in one sentence. */
  latest: string | null;
}

/** What is being done now, and what a person has to do; null: nothing. */
interface Next {
  now: string;
  you: string | null;
}

function pullOf({ pulls }: NextFacts): string {
  const open = pulls.findLast((pull) => pull.state === "open") ?? pulls.at(-1);
  return open ? `pull request #${open.number}` : "the pull request";
}

const BY_STATE: Record<IncidentState, (facts: NextFacts) => Next> = {
  new: () => ({ now: "It is being judged.", you: null }),
  observed: ({ latest }) => ({
    now: `It is only watched${latest === null ? "" : `: ${quiet(latest, 300)}`}.`,
    you: "nothing, or comment `/patchpilot fix` to have it repaired.",
  }),
  investigating: () => ({ now: "Evidence is gathered; a repair comes next.", you: null }),
  repairing: ({ attempts }) => ({
    now: `A repair is being made${attempts > 1 ? `, attempt ${attempts}` : ""}.`,
    you: "nothing yet. What passes the checks becomes a draft pull request for you to review.",
  }),
  planned: () => ({ now: "A plan waits.", you: "**read it**, then comment `/patchpilot approve`." }),
  in_review: (facts) => ({
    now: `A repair waits as draft ${pullOf(facts)}.`,
    you: `**review ${pullOf(facts)} and merge it** if it is right. Nothing is merged without a person.`,
  }),
  deploying: () => ({
    now: "The repair is merged; its deployment is waited for.",
    you: "nothing, unless you deploy by hand.",
  }),
  verifying: ({ nextCheckAt }) => ({
    now: `The repair is in production; whether the error stopped is being measured${nextCheckAt === null ? "" : `, next look ${minute(nextCheckAt)}`}.`,
    you: null,
  }),
  recovered: () => ({ now: "Production recovered.", you: null }),
  done: () => ({ now: "What was asked for is merged.", you: null }),
  escalated: ({ latest }) => ({
    now: `Patchpilot cannot go on alone${latest === null ? "" : `: ${quiet(latest, 400)}`}.`,
    you: "**take it from here**. `/patchpilot retry` in a comment has it tried again.",
  }),
  ignored: () => ({ now: "It is ignored.", you: null }),
};

/** What Patchpilot is doing and what it needs from a person, in two lines. */
export function composeNext(facts: NextFacts): string {
  if (facts.isSymptom)
    return "**Now:** It is a symptom, and worked on where its cause is.\n**From you:** nothing here.";
  const { now, you } = BY_STATE[facts.state](facts);
  const paused = facts.isPaused ? " Repairs are paused until somebody comments `/patchpilot resume`." : "";
  return `**Now:** ${now}${paused}\n**From you:** ${you ?? "nothing."}`;
}
