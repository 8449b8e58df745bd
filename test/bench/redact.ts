import { redact } from "../../lib/kernel/redact.ts";
import { ADVERSARIAL, NEGATIVES, POSITIVES } from "../unit/redact.corpus.ts";
import { type BenchResult, type Comparison, describeLoad, median } from "./kit/result.ts";

const ROUNDS = 9;
const SMALL = 20_000;
const LARGE = 2_000_000;
const ADVERSARIAL_SIZE = 200_000;
const GOAL_MS = 2;
const GOAL_GROWTH = 1.5;
const GOAL_WORST = 3;

/** What a report is made of, in its usual mix: log lines, frames, JSON, commits and now and then a secret. */
function composeOrdinary(size: number): string {
  const lines = NEGATIVES.flatMap((line, at) => [line, ...(at % 25 === 0 ? [POSITIVES[at]?.text ?? ""] : [])]);
  return fill(`${lines.join("\n")}\n`, size);
}

const fill = (piece: string, size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);

/** Milliseconds of processor time that redacting a text takes, the mean of `times` in a row; waiting for a core is no part of it. */
function timeOf(text: string, times = 1): number {
  const before = process.cpuUsage();
  for (let time = 0; time < times; time += 1) redact(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / times;
}

const nanosecondsAByte = (ms: number, bytes: number) => (ms * 1e6) / bytes;

/** The worst of the adversarial pieces, by its median ratio to ordinary text of the same size, measured beside it. */
function findWorst(): { piece: string; ratio: number; ns: number; ordinaryNs: number } {
  const ordinary = composeOrdinary(ADVERSARIAL_SIZE);
  const judged = ADVERSARIAL.map((piece) => {
    const text = fill(piece, ADVERSARIAL_SIZE);
    const rounds = Array.from({ length: ROUNDS }, () => ({ ordinary: timeOf(ordinary), odd: timeOf(text) }));
    const ns = (of: (round: { ordinary: number; odd: number }) => number) =>
      nanosecondsAByte(median(rounds.map(of)), ADVERSARIAL_SIZE);
    const ratio = median(rounds.map((round) => round.odd / round.ordinary));
    return { piece, ratio, ns: ns((round) => round.odd), ordinaryNs: ns((round) => round.ordinary) };
  });
  const [worst] = judged.sort((one, other) => other.ratio - one.ratio);
  if (!worst) throw new Error("redact: no adversarial texts");
  return worst;
}

function judgeCorpus(): string[] {
  const kinds = new Set(POSITIVES.map(({ kind }) => kind)).size;
  const found = POSITIVES.filter(({ secret, text }) => !redact(text).text.includes(secret)).length;
  const touched = NEGATIVES.filter((text) => redact(text).text !== text).length;
  return [
    `corpus: ${found} of ${POSITIVES.length} secrets of ${kinds} kinds taken out, recall ${(found / POSITIVES.length).toFixed(2)}`,
    `corpus: ${touched} of ${NEGATIVES.length} look-alikes touched, ${((100 * touched) / NEGATIVES.length).toFixed(2)} % false positives`,
  ];
}

/** Redacting 20 KB of ordinary text; time a byte at a hundred times the size; and the worst of the texts made to be slow. */
export async function run(): Promise<BenchResult> {
  const [small, large] = [composeOrdinary(SMALL), composeOrdinary(LARGE)];
  timeOf(small, LARGE / SMALL);
  // As much text in both: what the machine does beside falls on both alike.
  const rounds = Array.from({ length: ROUNDS }, () => ({ small: timeOf(small, LARGE / SMALL), large: timeOf(large) }));
  const smallMs = median(rounds.map((round) => round.small));
  const smallNs = nanosecondsAByte(smallMs, SMALL);
  const largeNs = nanosecondsAByte(median(rounds.map((round) => round.large)), LARGE);
  const growth = median(
    rounds.map((round) => nanosecondsAByte(round.large, LARGE) / nanosecondsAByte(round.small, SMALL)),
  );
  const worst = findWorst();
  const byByte = (
    what: string,
    ours: number,
    name: string,
    value: number,
    ratio: number,
    most: number,
  ): Comparison => ({
    what,
    unit: "ns a byte",
    ours,
    baseline: { name, value },
    ratio,
    goal: { text: `at most ${most} times`, isMet: ratio <= most },
  });
  return {
    name: "redact",
    method: `processor time, in one process, medians of ${ROUNDS} rounds in turns`,
    comparisons: [
      {
        what: "20 KB of ordinary text",
        unit: "ms",
        ours: smallMs,
        baseline: { name: "goal", value: GOAL_MS },
        ratio: smallMs / GOAL_MS,
        goal: { text: `under ${GOAL_MS} ms`, isMet: smallMs < GOAL_MS },
      },
      byByte("2 MB of ordinary text", largeNs, "20 KB", smallNs, growth, GOAL_GROWTH),
      byByte(
        `worst of ${ADVERSARIAL.length} adversarial texts of 200 KB, ${JSON.stringify(worst.piece.slice(0, 40))} again and again`,
        worst.ns,
        "ordinary text",
        worst.ordinaryNs,
        worst.ratio,
        GOAL_WORST,
      ),
    ],
    notes: [...judgeCorpus(), describeLoad()],
  };
}
