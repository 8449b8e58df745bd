import { fold, link, minute, quiet } from "../kernel/render-markdown.ts";
import type { Plan } from "../repair/plan-model.ts";
import { type IssueFacts, pausedLine } from "./compose-issue.ts";

interface Request {
  state: string;
  /** The plan that counts, or null before there is one. */
  plan: Plan | null;
  approvedBy: string | null;
  /** Why a person is asked. */
  reasons: readonly string[];
  pulls: IssueFacts["repairs"]["pulls"];
}

function readRequest({ incident, repairs }: IssueFacts): Request {
  const run = repairs.runs.findLast((one) => one.taskKind === "plan" && one.state === "published");
  const { approvedBy, reasons } = run?.gate ?? {};
  return {
    state: incident.state,
    plan: run?.plan ?? null,
    approvedBy: typeof approvedBy === "string" ? approvedBy : null,
    reasons: Array.isArray(reasons) ? reasons.map(reasonOf) : [],
    pulls: repairs.pulls,
  };
}

/** A reason as the plan's judgement keeps it. */
function reasonOf({ path, detail }: { path?: string; detail: string }): string {
  return path === undefined ? detail : `${path}: ${detail}`;
}

const HEADLINES: Record<string, string> = {
  planned: "A plan waits for you",
  in_review: "A draft pull request waits for you",
  done: "Done",
  escalated: "A person has to look",
  ignored: "Not done",
  observed: "Not begun",
};

function headlineOf({ state, plan }: Request): string {
  return HEADLINES[state] ?? (plan === null ? "A plan is being made" : "It is being done");
}

function bullets(title: string, items: readonly string[]): string | null {
  return items.length === 0 ? null : `**${title}**\n\n${items.map((item) => `- ${quiet(item, 400)}`).join("\n")}`;
}

function planSection(plan: Plan): string {
  const parts = [
    `**Goal:** ${quiet(plan.goal, 600)}`,
    `**Kind:** ${plan.kind} · **Risk:** ${plan.risk}`,
    bullets("Done when", plan.acceptanceCriteria),
    bullets("Files", plan.files),
    bullets("Tests", plan.tests),
  ];
  return parts.filter((part) => part !== null).join("\n\n");
}

/** What a person has to do, or null. */
function nextOf({ state, plan, pulls }: Request): string | null {
  const open = pulls.findLast((pull) => pull.state === "open") ?? pulls.at(-1);
  if (state === "planned") {
    const asks = plan !== null && plan.questions.length + plan.blockers.length > 0;
    return asks
      ? "**From you:** answer in a comment, then comment `/patchpilot plan` for a plan that knows your answers, or `/patchpilot approve` to go on with this one."
      : "**From you:** `/patchpilot approve` (or plain words: go ahead) has it done. `/patchpilot plan` makes a new plan from what was said since, `/patchpilot ignore` ends it.";
  }
  if (state === "in_review" && open)
    return `**From you:** review pull request #${open.number}, and merge it if it is right.`;
  if (state === "escalated") return "**From you:** take it from here, or comment `/patchpilot retry`.";
  if (state === "observed") return "**From you:** `/patchpilot fix` begins it, once the operator's settings allow it.";
  return null;
}

/** The one living comment on an issue that a person handed over: how it stands, the plan, what is needed of a person. */
export function composeRequestComment(facts: IssueFacts): string {
  const { incident, latest } = facts;
  const request = readRequest(facts);
  const { plan, pulls } = request;
  const isPlanned = incident.state === "planned";
  const dashboard = facts.dashboardUrl === null ? "" : ` · ${link("dashboard", facts.dashboardUrl)}`;
  const sections = [
    `### ${headlineOf(request)}`,
    pausedLine(incident),
    latest && !isPlanned ? `${quiet(latest.summary, 800)} <sub>${minute(latest.at)}</sub>` : null,
    pulls.length > 0 ? `Pull requests: ${pulls.map((pull) => `#${pull.number} (${pull.state})`).join(", ")}` : null,
    nextOf(request),
    isPlanned ? bullets("Why you are asked", request.reasons) : null,
    plan && (isPlanned ? planSection(plan) : fold("The plan", planSection(plan))),
    request.approvedBy === null ? null : `The plan was approved by ${quiet(request.approvedBy, 100)}.`,
    `<sub>Patchpilot INC-${incident.number}${dashboard}. People with write permission can comment \`/patchpilot status\`, \`plan\`, \`approve\`, \`fix\`, \`pause\`, \`resume\` or \`ignore\`.</sub>`,
  ];
  return sections.filter((section) => section !== null).join("\n\n");
}
