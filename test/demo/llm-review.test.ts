import { expect, it } from "vitest";
import type * as z from "zod";
import { takeReviewTurn } from "../../demo/llm/colleague.ts";
import { composeIssueMessage } from "../../lib/review/compose-issue-message.ts";
import { composeRefuteMessage } from "../../lib/review/compose-refute-message.ts";
import { composeReplyMessage } from "../../lib/review/compose-reply-message.ts";
import { composeReviewMessage } from "../../lib/review/compose-review-message.ts";
import { decideFindings } from "../../lib/review/decide-findings.ts";
import { decidePosted } from "../../lib/review/decide-posted.ts";
import { decideReading, hunksByPath } from "../../lib/review/decide-reading.ts";
import {
  type ChangedFile,
  proposedAnswerSchema,
  proposedReplySchema,
  proposedReviewSchema,
  refutationSchema,
} from "../../lib/review/model.ts";
import { reviewPolicySchema } from "../../lib/review/policy-model.ts";
import { composePrompt, type Prompt } from "../../lib/review/prompts/compose-prompt.ts";
import { ISSUE_PROMPT } from "../../lib/review/prompts/issue.ts";
import { REFUTE_PROMPT } from "../../lib/review/prompts/refute.ts";
import { REPLY_PROMPT } from "../../lib/review/prompts/reply.ts";
import { REVIEW_PROMPT } from "../../lib/review/prompts/review.ts";

const FENCE = { mark: "abc123", limit: 60_000 };
const POLICY = reviewPolicySchema.parse({});
const PATH = "src/points.mjs";
const CODE = `export async function loadPoints(id) {
  return id.length;
}

export function sumOf(orders) {
  let sum = 0;
  for (let at = 0; at <= orders.length; at += 1) {
    sum += orders[at].cents;
  }
  return sum;
}

export function prefixesOf(word) {
  const found = [];
  for (let end = 1; end <= word.length; end += 1) found.push(word.slice(0, end));
  return found;
}

export async function pay(id, save) {
  const known = loadPoints(id);
  const all = await Promise.all([loadPoints(id)]);
  try {
    save(known, all);
  } catch {}
}
`;
const added = (path: string, text: string): ChangedFile => {
  const lines = text.replace(/\n$/, "").split("\n");
  const patch = [`@@ -0,0 +1,${lines.length} @@`, ...lines.map((line) => `+${line}`)].join("\n");
  return { path, previousPath: null, status: "added", addedLines: lines.length, deletedLines: 0, patch };
};
const person = { login: "grace", isBot: false, isOurs: false };

function ask<T>(prompt: Prompt, text: string, schema: z.ZodType<T>): T {
  const { system } = composePrompt(prompt);
  const turn = takeReviewTurn([
    { role: "system", content: system },
    { role: "user", content: text },
  ]);
  return schema.parse(JSON.parse(turn?.text ?? "null"));
}

function reviewOf(files: readonly ChangedFile[]) {
  const reading = decideReading(files, POLICY);
  const pull = { number: 1, title: "Points", body: "", author: person, headRef: "points", baseRef: "main" };
  const message = composeReviewMessage(
    {
      pull: { ...pull, isDraft: false, labels: [] },
      files: reading.files,
      left: reading.reading.left,
      ...{ texts: [], owners: [], guides: [], issue: null, incidents: [], failedChecks: [], earlier: [], remarks: [] },
      wantsStyle: false,
    },
    FENCE,
  );
  const review = ask(REVIEW_PROMPT, message, proposedReviewSchema);
  const facts = { files: hunksByPath(reading.files), earlier: [] };
  return { review, files: reading.files, found: decideFindings(review.findings, facts, POLICY) };
}

it("the demo's reviewer finds what looks wrong where it stands, and the second look takes back what only looks so", () => {
  const { files, found } = reviewOf([added(PATH, CODE)]);
  expect(found.dropped).toEqual([]);
  expect(found.kept.map(({ place }) => place.line).sort((a, b) => a - b)).toEqual([7, 15, 20, 24]);
  const message = composeRefuteMessage({ findings: found.kept, files, texts: [] }, FENCE);
  const posted = decidePosted(found.kept, ask(REFUTE_PROMPT, message, refutationSchema), POLICY);
  const linesIn = (state: string) =>
    posted.flatMap((one) => (one.state === state ? [one.finding.place.line] : [])).sort((a, b) => a - b);
  expect(linesIn("open")).toEqual([7, 20, 24]);
  expect(linesIn("dropped")).toEqual([15]);
});

it("the demo's reviewer answers a question by the line that it is about", () => {
  const { found } = reviewOf([added(PATH, CODE)]);
  const [finding] = found.kept.filter(({ place }) => place.line === 20);
  if (!finding) throw new Error("there is a finding on line 20");
  const text = composeReplyMessage(
    {
      finding: { ...finding, id: "rvf_1", state: "open" },
      comments: [{ id: "1", author: person, text: "Why?", at: "2026-10-06T12:00:00Z", url: "https://x.test" }],
      file: { path: PATH, text: CODE },
    },
    FENCE,
  );
  const reply = ask(REPLY_PROMPT, text, proposedReplySchema);
  expect(reply).toMatchObject({ isWithdrawn: false, text: expect.stringContaining("declares loadPoints as async") });
});

it("the demo's reviewer answers an issue from the code, or says that it does not know", () => {
  const about = (title: string) =>
    ask(
      ISSUE_PROMPT,
      composeIssueMessage(
        { issue: { number: 3, title, body: "" }, similar: [], texts: [{ path: PATH, text: CODE }] },
        FENCE,
      ),
      proposedAnswerSchema,
    );
  expect(about("Which prefixes are found?")).toMatchObject({ isKnown: true, places: [{ path: PATH, line: 13 }] });
  expect(about("Zebra?")).toMatchObject({ isKnown: false });
});

it("another's prompt is none of the reviewer's", () => {
  expect(takeReviewTurn([{ role: "system", content: "You investigate one production error" }])).toBeNull();
});
