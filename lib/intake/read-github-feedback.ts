import * as z from "zod";
import { optionalText, requiredText } from "./read-fields.ts";
import {
  account,
  type EventReader,
  isFollowed,
  loginOf,
  notFollowed,
  number,
  type Outcome,
  repository,
} from "./read-github-fields.ts";

const reviewSchema = z.object({
  action: requiredText(100),
  repository,
  pull_request: z.object({ number, head: z.object({ ref: requiredText(300) }) }),
  sender: account,
});

/** Reviews, comments on lines, and threads that were resolved: each only says that there is something to look at. */
const readReview =
  (event: string): EventReader =>
  (body) => {
    const parsed = reviewSchema.safeParse(body);
    if (!parsed.success) return { fault: parsed.error };
    const { action, repository: repo, pull_request: pull, sender } = parsed.data;
    const at = { repository: repo.full_name, number: pull.number, headRef: pull.head.ref };
    return { kind: "pull_feedback", event, action, ...at, author: loginOf(sender) };
  };

const headBranch = z.object({ head_branch: optionalText(300), head_sha: optionalText(64) });
const checkSchema = z.object({
  action: requiredText(100),
  repository,
  check_run: z.object({ name: requiredText(300), head_sha: optionalText(64), check_suite: headBranch }).nullish(),
  check_suite: headBranch.nullish(),
  sender: account,
});

/** A check that ended; a branch is named for those of the repository itself only, a commit always. */
const readCheck =
  (event: "check_run" | "check_suite"): EventReader =>
  (body) => {
    if (!isFollowed(body, ["completed"])) return notFollowed(event, body);
    const parsed = checkSchema.safeParse(body);
    if (!parsed.success) return { fault: parsed.error };
    const { repository: repo, check_run: run, check_suite: suite, sender } = parsed.data;
    if (run?.name.startsWith("patchpilot/")) return { ignored: `${event}: ${run.name} is our own` };
    const headRef = run?.check_suite.head_branch ?? suite?.head_branch ?? null;
    const headSha = run?.head_sha ?? run?.check_suite.head_sha ?? suite?.head_sha ?? null;
    if (headRef === null && headSha === null) return { ignored: `${event}: it names neither branch nor commit` };
    const at = { repository: repo.full_name, number: null, headRef, headSha };
    return { kind: "pull_feedback", event, action: "completed", ...at, author: loginOf(sender) };
  };

const statusSchema = z.object({
  repository,
  state: requiredText(20),
  sha: optionalText(64),
  branches: z.array(z.object({ name: requiredText(300) })).max(10),
  sender: account,
});

function readStatus(body: unknown): Outcome {
  const parsed = statusSchema.safeParse(body);
  if (!parsed.success) return { fault: parsed.error };
  const { repository: repo, state: action, sha: headSha, branches, sender } = parsed.data;
  if (action === "pending") return { ignored: "status: the check has not ended" };
  const names = branches.map((branch) => branch.name);
  // The commit may be on many branches; ours is the one that rounds are about.
  const headRef = names.find((name) => name.startsWith("patchpilot/")) ?? names[0] ?? null;
  if (headRef === null && headSha === null) return { ignored: "status: it names neither branch nor commit" };
  const at = { repository: repo.full_name, number: null, headRef, headSha };
  return { kind: "pull_feedback", event: "status", action, ...at, author: loginOf(sender) };
}

/** Events that tell that a pull request of ours may have been reviewed or checked. */
export const FEEDBACK_READERS: readonly [string, EventReader][] = [
  ["pull_request_review", readReview("pull_request_review")],
  ["pull_request_review_comment", readReview("pull_request_review_comment")],
  ["pull_request_review_thread", readReview("pull_request_review_thread")],
  ["check_run", readCheck("check_run")],
  ["check_suite", readCheck("check_suite")],
  ["status", readStatus],
];
