import type { Database } from "../../lib/db/database.ts";
import { openPglite } from "../../lib/db/open-pglite.ts";
import type { EvalCase } from "../../lib/evals/case-model.ts";
import { decideVariant, type Variant } from "../../lib/evals/decide-ablation.ts";
import { scoreOf } from "../../lib/evals/decide-quality.ts";
import type { CaseResult, Score } from "../../lib/evals/model.ts";
import { INVESTIGATE_PROMPT, type PromptSection } from "../../lib/investigate/prompts/investigate.ts";
import type { LanguageModel } from "../../lib/llm/ports.ts";
import { ALL_PARTS, type Parts, playCase } from "./play-case.ts";
import { readCases } from "./read-cases.ts";

export interface EvalRun {
  results: CaseResult[];
  score: Score;
}

export interface AblationRun {
  whole: EvalRun;
  variants: Variant[];
}

interface Options {
  /** A real model in the recorded one's place, or null. */
  live: LanguageModel | null;
  /** Only these cases; none named: all. */
  names: readonly string[];
  /** Told before each run of the cases. */
  onRun(what: string, cases: number): void;
}

function chosen(names: readonly string[]): EvalCase[] {
  const cases = readCases();
  const unknown = names.filter((name) => !cases.some((one) => one.name === name));
  if (unknown.length > 0) throw new RangeError(`there is no case ${unknown.join(", ")}`);
  return names.length === 0 ? cases : cases.filter(({ name }) => names.includes(name));
}

async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openPglite(null);
  try {
    await database.migrate();
    return await work(database);
  } finally {
    await database.close();
  }
}

async function playAll(
  database: Database,
  cases: readonly EvalCase[],
  parts: Parts,
  live: LanguageModel | null,
): Promise<EvalRun> {
  const results: CaseResult[] = [];
  for (const one of cases) results.push(await playCase(database, one, { parts, live }));
  return { results, score: scoreOf(results) };
}

/** Plays every case, each from an empty database. Throws RangeError for a case that is not there. */
export async function runEvals({ names, live, onRun }: Options): Promise<EvalRun> {
  const cases = chosen(names);
  onRun("everything", cases.length);
  return withDatabase((database) => playAll(database, cases, ALL_PARTS, live));
}

const SECTIONS = Object.keys(INVESTIGATE_PROMPT.sections) as PromptSection[];

const VARIANTS: readonly [name: string, parts: Partial<Parts>][] = [
  ["without memory", { memory: false }],
  ["without suspects", { suspects: false }],
  ["without model", { model: false }],
  ...SECTIONS.map((section): [string, Partial<Parts>] => [`without "${section}"`, { withoutSections: [section] }]),
];

/** Plays the cases that know what was really wrong, with everything and without each part in turn. */
export async function runAblation({ names, live, onRun }: Options): Promise<AblationRun> {
  const cases = chosen(names).filter(({ truth }) => truth !== null && truth.cause !== null);
  return withDatabase(async (database) => {
    const play = (name: string, parts: Partial<Parts>) => {
      onRun(name, cases.length);
      return playAll(database, cases, { ...ALL_PARTS, ...parts }, live);
    };
    const whole = await play("everything", {});
    const variants: Variant[] = [];
    for (const [name, parts] of VARIANTS) variants.push(decideVariant(name, whole, await play(name, parts)));
    return { whole, variants };
  });
}
