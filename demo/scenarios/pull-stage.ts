import { setTimeout as sleep } from "node:timers/promises";
import type { ReviewCommentRecord } from "../github/index.ts";
import { readShopFiles } from "../shop/index.ts";
import type { DemoStage } from "../stage.ts";
import { REPOSITORY } from "../world.ts";
import type { Scenario } from "./model.ts";

export const AUTHOR = "grace-dev";
/** The repository's own CI, as another App's checks. */
export const CI = "shop-ci";
const CHECK = "patchpilot/review";
const LOOK_MS = 250;

/** What the scenarios of the reviewer share: no traffic, the demo's model, and no incident; they are over when begun. */
export const REVIEW: Pick<Scenario, "stage" | "isOver" | "judge"> = {
  stage: { hasTraffic: false, hasModel: true },
  isOver: () => true,
  judge: (stories) => (stories.length === 0 ? [] : ["an incident was opened"]),
};

/** Looks until it is so; throws, naming what was waited for, after `seconds`. */
export async function until(what: string, isSo: () => boolean, seconds = 60): Promise<void> {
  for (const from = Date.now(); Date.now() - from < seconds * 1_000; await sleep(LOOK_MS)) if (isSo()) return;
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}

export interface OpenedPull {
  number: number;
  branch: string;
  headSha: string;
}

/** The author's pull request with these files. `ci` says at once how the CI stands; without it there is none. */
export async function openPull(
  { world: { github } }: DemoStage,
  input: { branch: string; files: Record<string, string>; title: string; body?: string; ci?: "running" },
): Promise<OpenedPull> {
  const { branch, files, title, body = "" } = input;
  github.addUser({ login: AUTHOR, permission: "write" });
  const author = github.person(AUTHOR, REPOSITORY);
  const headSha = await author.push(files, title, branch);
  if (input.ci === "running") await github.check(CI, { name: "test", head_sha: headSha, status: "in_progress" });
  return { number: await author.openPullRequest({ title, head: branch, body }), branch, headSha };
}

/** A file of the shop as its repository begins. */
export function readShopFile(path: string): string {
  const text = readShopFiles()[path];
  if (text === undefined) throw new Error(`the shop has no ${path}`);
  return text;
}

/** Waits for the end of the review of this head. */
export async function waitForReview({ world: { github } }: DemoStage, headSha: string, seconds = 60): Promise<void> {
  const isDone = () => github.checkRuns(headSha).some((run) => run.name === CHECK && run.status === "completed");
  await until(`${headSha.slice(0, 7)} is reviewed`, isDone, seconds);
}

/** Our comments on lines that begin a thread, oldest first. */
export const threadsOf = ({ world: { github } }: DemoStage, number: number): ReviewCommentRecord[] =>
  github.reviewComments(number).filter((one) => one.viaApp && one.inReplyTo === null);

/** What we say in the conversation: the living summary, and nothing else. */
export const summaryOf = ({ world: { github } }: DemoStage, number: number): string =>
  github
    .comments(number)
    .filter((one) => one.viaApp)
    .map((one) => one.body)
    .join("\n");

/** The line that a comment stands on, as the commit has it. */
export async function lineUnder({ world: { github } }: DemoStage, comment: ReviewCommentRecord): Promise<string> {
  const path = comment.path.split("/").map(encodeURIComponent).join("/");
  const answer = await fetch(`${github.url}/repos/${REPOSITORY}/contents/${path}?ref=${comment.originalCommitId}`, {
    headers: { accept: "application/vnd.github.raw+json" },
  });
  return (await answer.text()).split("\n")[(comment.line ?? 0) - 1] ?? "";
}

/**
 * Faults that no pull request may have: more than one review of a head, more than one summary, an approval, changes asked
 * for, a merge, a check run too few or too many.
 */
export function judgePull({ world: { github } }: DemoStage, number: number, heads: readonly string[]): string[] {
  const ours = github.reviews(number).filter((one) => one.viaApp);
  const summaries = github.comments(number).filter((one) => one.viaApp).length;
  const pull = github.pulls().find((one) => one.number === number);
  return [
    ...ours.filter((one) => one.state !== "COMMENTED").map((one) => `a review of ours is ${one.state}`),
    ...(summaries === 1 ? [] : [`there are ${summaries} summaries`]),
    ...(pull?.mergedAt === null ? [] : ["it was merged"]),
    ...heads.flatMap((sha) => {
      const reviews = ours.filter((one) => one.commitId === sha && one.body !== "").length;
      const checks = github.checkRuns(sha).filter((run) => run.name === CHECK).length;
      return [
        ...(reviews <= 1 ? [] : [`${sha.slice(0, 7)} has ${reviews} reviews`]),
        ...(checks === 1 ? [] : [`${sha.slice(0, 7)} has ${checks} check runs ${CHECK}`]),
      ];
    }),
  ];
}

/** Faults of a text that has to say each of these. */
export const mustSay = (what: string, text: string, patterns: readonly RegExp[]): string[] =>
  patterns.filter((one) => !one.test(text)).map((one) => `${what} does not say ${one}`);
