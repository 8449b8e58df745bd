import type { Brief } from "../repair/model.ts";
import type { Plan } from "../repair/plan-model.ts";
import { renderUntrustedBlock, renderUntrustedLine } from "./render-untrusted.ts";

/** What a planning worker has to answer with; the names are those of the plan's schema. */
const PLAN_SHAPE = `{
  "goal": "what will be different for those who use it, in one or two sentences",
  "acceptanceCriteria": ["how anybody can tell that it is done"],
  "files": ["paths in this repository that you would add or change, tests apart"],
  "tests": ["what the tests will show"],
  "risk": "low | medium | high",
  "kind": "bug | feature | chore",
  "blockers": ["what stands in the way of beginning at all"],
  "questions": ["what only people can answer"]
}`;

/** The rules of a run that plans and changes nothing. */
export const PLAN_RULES = [
  "- Change nothing. Whatever you write to the working directory is thrown away.",
  "- Read the code that the issue is about, as far as it takes to know what would have to change.",
  "- `kind` is bug where the software does not do what it should, feature where it shall do something new, else chore.",
  "- `risk` is high where data, money, sign-in, a public interface or many files are concerned; say so honestly.",
  "- `blockers` and `questions` are for what really stops the work: each one makes a person answer first. Both may be empty.",
  "- End with the plan as one JSON object in a ```json block, and nothing after it:",
  "",
  "```json",
  PLAN_SHAPE,
  "```",
];

/** The rules of a run that carries out an agreed plan. */
export const REQUEST_RULES = [
  "- Do what the plan says, and no more. Stay within the plan's files and their tests: what goes beyond them is held for a person.",
  "- Add or extend tests that show each acceptance criterion. For a bug: a test that fails on the code as it is and passes with your change.",
];

/** The issue that was handed over, with what its people said, and the plan that holds. */
export function renderRequest({ issue, plan }: Pick<Brief, "issue" | "plan">): string[] {
  if (!issue) return [];
  const comments = issue.comments.flatMap(({ author, text }) => [
    `Comment by ${renderUntrustedLine(author, 100)}:`,
    renderUntrustedBlock(text, 2_000),
  ]);
  const about = [
    `## Issue ${issue.number}`,
    `- Title: ${renderUntrustedLine(issue.title, 300)}`,
    `- By: ${renderUntrustedLine(issue.author, 100)}`,
    "",
    renderUntrustedBlock(issue.body === "" ? "(no text)" : issue.body, 16_000),
    ...comments,
  ];
  return [...(plan ? [renderPlan(plan)] : []), about.join("\n")];
}

function renderPlan(plan: Plan): string {
  const list = (name: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${name}:`, ...items.map((item) => `- ${item}`)];
  const text = [
    `Goal: ${plan.goal}`,
    `Kind: ${plan.kind}, risk: ${plan.risk}`,
    ...list("Acceptance criteria", plan.acceptanceCriteria),
    ...list("Files", plan.files),
    ...list("Tests", plan.tests),
    ...list("Questions that were asked; answers are in the comments", plan.questions),
  ];
  return ["## The plan that was agreed on", renderUntrustedBlock(text.join("\n"), 8_000)].join("\n");
}
