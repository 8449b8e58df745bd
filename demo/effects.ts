import * as z from "zod";
import type { DeliveryRecord } from "./github/index.ts";
import type { Effects } from "./scenarios/model.ts";
import { REPOSITORY, type World } from "./world.ts";

const bodySchema = z.object({
  issue: z.object({ number: z.number() }).optional(),
  pull_request: z.object({ number: z.number(), draft: z.boolean() }).optional(),
  sender: z.object({ type: z.string() }),
});
const commitSchema = z.object({ commit: z.object({ verification: z.object({ verified: z.boolean() }) }) });

function bodiesOf(deliveries: readonly DeliveryRecord[], event: string, action: string) {
  const found = deliveries.filter((one) => one.event === event && one.action === action && !one.redelivery);
  return found.map((one) => bodySchema.parse(JSON.parse(one.body)));
}

/** What exists on the world's GitHub and its error tracker now, and, from GitHub's webhooks, what was done on the way. */
export async function readEffects({ github, sentry, glitchtip }: World): Promise<Effects> {
  const branches = (await github.branches()).map(({ name, sha }) => ({ name, sha }));
  const closed = bodiesOf(github.deliveries(), "issues", "closed").filter(({ sender }) => sender.type === "Bot");
  const opened = bodiesOf(github.deliveries(), "pull_request", "opened");
  const pulls = github.pulls();
  const isVerified = async (sha: string) => {
    const answer = await fetch(`${github.url}/repos/${REPOSITORY}/commits/${sha}`);
    return commitSchema.parse(await answer.json()).commit.verification.verified;
  };
  const ours = pulls.filter((pull) => pull.headRef.startsWith("patchpilot/"));
  return {
    issues: github.issues().map(({ number, title, state, labels }) => ({
      number,
      title,
      state,
      labels,
      closings: closed.filter((body) => body.issue?.number === number).length,
      comments: github.comments(number).length,
    })),
    pullRequests: pulls.map(({ number, headRef, mergedAt }) => ({
      number,
      headRef,
      isDraftOpened: opened.some((body) => body.pull_request?.number === number && body.pull_request.draft),
      isMerged: mergedAt !== null,
    })),
    branches: branches.map(({ name }) => name),
    sourceIssues: (glitchtip ?? sentry)
      .issues()
      .map(({ latest, status, count }) => ({ title: latest.title, status, events: count })),
    commits: await Promise.all(
      ours.map(async ({ headRef, headSha }) => ({
        branch: headRef,
        sha: headSha,
        isVerified: await isVerified(headSha),
      })),
    ),
  };
}
