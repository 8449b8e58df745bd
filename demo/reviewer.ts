import { setTimeout as sleep } from "node:timers/promises";
import type { PullRecord } from "./github/index.ts";
import type { Remark } from "./shop/bugs/index.ts";
import { MAINTAINER, REPOSITORY, REVIEW_BOT, type World } from "./world.ts";

const LOOK_MS = 250;
const LONGEST_WAIT_MS = 120_000;

/** Patchpilot's open draft once its gate check passed on a head other than `before`. Throws when none comes. */
export async function waitForDraft({ github }: World, before: string | null = null): Promise<PullRecord> {
  for (const from = Date.now(); Date.now() - from < LONGEST_WAIT_MS; ) {
    const draft = github.pulls().find((pull) => pull.headRef.startsWith("patchpilot/") && pull.mergedAt === null);
    const hasPassed = github
      .checkRuns(draft?.headSha ?? "")
      .some((run) => run.name === "patchpilot/gate" && run.conclusion === "success");
    if (draft && hasPassed && draft.headSha !== before) return draft;
    await sleep(LOOK_MS);
  }
  throw new Error(before === null ? "no draft was opened" : `the draft stayed at ${before}`);
}

/** A file of the draft as it is now, by the API that any person has. */
async function readDraft({ github }: World, pull: PullRecord, path: string): Promise<string> {
  const { token } = github.person(MAINTAINER);
  const answer = await fetch(
    `${github.url}/repos/${REPOSITORY}/contents/${path}?ref=${encodeURIComponent(pull.headRef)}`,
    {
      headers: { authorization: `token ${token}`, accept: "application/vnd.github.raw+json" },
    },
  );
  if (!answer.ok) throw new Error(`${path} of ${pull.headRef}: ${answer.status}`);
  return answer.text();
}

/** Says a remark on its line of the draft, as the maintainer or as the review bot. */
export async function giveRemark(world: World, pull: PullRecord, remark: Remark): Promise<void> {
  const { github } = world;
  if (remark.by === "bot") github.addApp(REVIEW_BOT);
  const reviewer = github.person(remark.by === "bot" ? `${REVIEW_BOT}[bot]` : MAINTAINER);
  const lines = (await readDraft(world, pull, remark.path)).split("\n");
  const line = lines.findIndex((text) => text.includes(remark.line)) + 1;
  if (line === 0) throw new Error(`${remark.path} of the draft has no line with ${remark.line}`);
  await reviewer.review(pull.number, {
    event: remark.by === "person" ? "REQUEST_CHANGES" : "COMMENT",
    comments: [{ path: remark.path, line, body: remark.body }],
  });
}

/** Waits until every thread of the draft is resolved. */
export async function waitForResolved({ github }: World, number: number): Promise<void> {
  for (const from = Date.now(); Date.now() - from < LONGEST_WAIT_MS; ) {
    const roots = github.reviewComments(number).filter((one) => one.inReplyTo === null);
    if (roots.length > 0 && roots.every((one) => one.resolvedBy !== null)) return;
    await sleep(LOOK_MS);
  }
}
