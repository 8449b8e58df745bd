import type { Database } from "../../lib/db/database.ts";
import type { CommentSignal, Signal } from "../../lib/intake/model.ts";
import type { ProposedAnswer, ProposedFinding, ProposedReply, ProposedReview } from "../../lib/review/model.ts";
import { ISSUE_PROMPT } from "../../lib/review/prompts/issue.ts";
import { REFUTE_PROMPT } from "../../lib/review/prompts/refute.ts";
import { REPLY_PROMPT } from "../../lib/review/prompts/reply.ts";
import { type Bench, type BenchSettings, createBench, PROJECT } from "./context.ts";
import { answers, scriptedModel } from "./scripted-model.ts";

export const LLM = { LLM_MODEL: "anthropic/claude-haiku-4-5", ANTHROPIC_API_KEY: "test-key-of-the-model" };

const CART_BEFORE = `export function total(cart) {
  return cart.items.reduce((sum, item) => sum + item.price, 0);
}
`;
/** Two faults: the loop's bound, and a coupon that may be missing. */
export const CART_AFTER = `export function total(cart) {
  let sum = 0;
  for (let i = 0; i <= cart.items.length; i += 1) sum += cart.items[i].price;
  return sum - cart.coupon.percent;
}
`;
export const BASE = { "src/cart.js": CART_BEFORE, "README.md": "# Shop\n" };

export const LOOP: ProposedFinding = {
  path: "src/cart.js",
  side: "RIGHT",
  startLine: 3,
  endLine: 3,
  quote: "  for (let i = 0; i <= cart.items.length; i += 1) sum += cart.items[i].price;",
  severity: "high",
  confidence: 0.95,
  kind: "bug",
  title: "The loop reads one item too many",
  why: "`i <= cart.items.length` reads past the end, and `undefined.price` throws for every cart.",
  suggestion: "  for (let i = 0; i < cart.items.length; i += 1) sum += cart.items[i].price;",
};
export const COUPON: ProposedFinding = {
  ...LOOP,
  startLine: 4,
  endLine: 4,
  quote: "  return sum - cart.coupon.percent;",
  title: "A cart without a coupon throws",
  why: "`cart.coupon` is null for carts without a coupon.",
  suggestion: null,
};

export const proposed = (changes: Partial<ProposedReview> = {}): ProposedReview => ({
  summary: "The total is computed in a loop.",
  risk: "medium",
  riskWhy: "Every checkout goes through it.",
  findings: [],
  earlier: [],
  ...changes,
});

export interface Script {
  review(prompt: string, turn: number): ProposedReview;
  reply?(prompt: string): ProposedReply;
  answer?(prompt: string): ProposedAnswer;
  /** Numbers of claims that the second pass refutes. */
  refuted?: readonly number[];
}

const isAsked = (prompt: string, { sections }: { sections: { role: string } }) =>
  prompt.includes(JSON.stringify(sections.role).slice(1, -1));

/** A reviewer that says what the test has it say, by what it is asked for; the second pass agrees but for `refuted`. */
export function scriptedReviewer(script: Script) {
  return scriptedModel(({ prompt, turn }) => {
    if (isAsked(prompt, REFUTE_PROMPT)) {
      const claims = [...prompt.matchAll(/\\n(\d{1,2})\. src\//g)].map(([, number]) => Number(number));
      const verdicts = [...new Set([1, ...claims])].map((finding) => {
        const verdict = script.refuted?.includes(finding) ? "refuted" : "holds";
        return { finding, verdict, confidence: 0.95, why: "looked" };
      });
      return answers({ verdicts });
    }
    if (isAsked(prompt, REPLY_PROMPT)) return answers(script.reply?.(prompt) ?? { text: "Yes.", isWithdrawn: false });
    if (isAsked(prompt, ISSUE_PROMPT))
      return answers(script.answer?.(prompt) ?? { isKnown: false, text: "Nothing says so.", places: [], related: [] });
    return answers(script.review(prompt, turn));
  });
}

export async function createReviewBench(
  database: Database,
  { policy = {}, env = LLM, ...rest }: Omit<BenchSettings, "policy"> & { policy?: Record<string, unknown> } = {},
): Promise<Bench> {
  const review = { settleSeconds: 30, noChecksSeconds: 0, ...policy };
  const bench = await createBench(database, { ...rest, env, policy: { review } });
  for (const login of ["ann", "mia"]) bench.reviewed.permissions.set(login, "write");
  return bench;
}

let deliveries = 0;

/** A webhook about a pull request, as it was read. */
export function tellPull(
  bench: Bench,
  number: number,
  changes: Partial<Extract<Signal, { kind: "pull_request" }>> = {},
) {
  const pull = bench.reviewed.get(number);
  deliveries += 1;
  return bench.receive(
    {
      ...{ kind: "pull_request", action: "synchronize", repository: "acme/shop", number, state: "open", merged: false },
      ...{ mergeSha: null, headSha: pull.headSha, headRef: pull.headRef, author: pull.author.login },
      ...changes,
    },
    `pull-${deliveries}`,
  );
}

export function tellFeedback(bench: Bench, changes: Partial<Extract<Signal, { kind: "pull_feedback" }>>) {
  deliveries += 1;
  const at = { number: null, headRef: null, author: "github-actions" };
  return bench.receive(
    { kind: "pull_feedback", event: "check_suite", action: "completed", repository: "acme/shop", ...at, ...changes },
    `feedback-${deliveries}`,
  );
}

export function tellComment(bench: Bench, changes: Partial<CommentSignal>) {
  deliveries += 1;
  return bench.receive(
    {
      ...{ kind: "comment", repository: "acme/shop", issueNumber: 1, isPullRequest: true, openedByBot: false },
      ...{ commentId: deliveries, author: "mia", authorType: "User", text: "/patchpilot review" },
      ...changes,
    },
    `comment-${deliveries}`,
  );
}

const HOUR_MS = 3_600_000;
const MOST_ROUNDS = 60;

/** Lets time go on until nothing of the reviewer's waits any more, or `ms` are over. */
export async function goOn(bench: Bench, ms = HOUR_MS): Promise<string[]> {
  const until = bench.clock.now().getTime() + ms;
  const names = await bench.settle();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const times = Object.values(await bench.waitingJobs()).map((at) => at.getTime());
    const next = Math.min(...times);
    if (times.length === 0 || next > until) return names;
    bench.clock.advance(Math.max(0, next - bench.clock.now().getTime()));
    names.push(...(await bench.settle()));
  }
  throw new Error(`the reviews do not end: ${names.slice(-10).join(", ")}`);
}

/** Opens the pull request with both faults, tells of it, and lets it be reviewed. */
export async function openReviewed(bench: Bench): Promise<number> {
  const { number } = bench.reviewed.open({ base: BASE, files: { "src/cart.js": CART_AFTER } });
  await tellPull(bench, number, { action: "opened" });
  await goOn(bench);
  return number;
}

export const LOOK = (number: number) => ({ projectId: PROJECT, number });
