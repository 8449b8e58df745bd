import { loadavg } from "node:os";
import type { Database } from "../../lib/db/database.ts";
import { openPg } from "../../lib/db/open-pg.ts";
import { LESSON_RANKING, rankLessons } from "../../lib/investigate/rank-lessons.ts";
import { readSketch } from "../../lib/investigate/read-sketch.ts";
import { tokensOf } from "../../lib/investigate/read-tokens.ts";
import { findSimilarLessons, listLessonKeys } from "../../lib/investigate/store.ts";
import { openTestPglite } from "../support/pglite.ts";
import { startPostgres } from "../support/postgres.ts";
import { createRandom, type MadeLesson, makeLessons, perturbStack, type Stack } from "./kit/lessons.ts";
import type { BenchResult, Comparison } from "./kit/result.ts";

const SMALL = 10_000;
const LARGE = 100_000;
const QUESTIONS = 300;
const WARM_UP = 30;
const TOP = 3;
/** As many as an investigation compares in full. */
const COMPARED = 12;
const BATCH = 10_000;
const PROJECT = "prj_default000";
const GOAL_MS = 10;
const GOAL_SHARE = 0.95;
const GOAL_GROWTH = 3;

/** Fills an empty store; the names are posted as a written lesson's are. */
async function fill(database: Database, lessons: readonly MadeLesson[]): Promise<void> {
  await database.query("truncate lessons, lesson_keys, incidents restart identity cascade", []);
  for (let from = 0; from < lessons.length; from += BATCH) {
    const batch = lessons.slice(from, from + BATCH);
    const rows = JSON.stringify(batch.map((one) => ({ ...one, keys: readSketch(PROJECT, one.tokens) })));
    await database.query(
      `insert into incidents (id, project_id, identity_key, source, kind, state, title, level, first_seen_at, last_seen_at, created_at, updated_at)
       select replace(id, 'les_', 'inc_'), $2, id, 'sentry', 'error', 'recovered', 'x', 'error', now(), now(), now(), now()
       from jsonb_to_recordset($1::jsonb) as x(id text)`,
      [rows, PROJECT],
    );
    await database.query(
      `insert into lessons (id, project_id, incident_id, outcome, error_type, frames, tokens, keys, fix_files, summary, created_at)
       select id, $2, replace(id, 'les_', 'inc_'), 'recovered', "errorType", frames,
         array(select jsonb_array_elements_text(tokens)),
         array(select jsonb_array_elements_text(keys)::int), '["src/fixed.ts"]', repeat('It was repaired. ', 20), now()
       from jsonb_to_recordset($1::jsonb) as x(id text, "errorType" text, frames jsonb, tokens jsonb, keys jsonb) order by id`,
      [rows, PROJECT],
    );
    await listLessonKeys(
      database.db,
      batch.map(({ id }) => id),
    );
  }
  // A store of this size is one that Postgres has vacuumed and analyzed before.
  await database.query("vacuum analyze lessons", []);
  await database.query("vacuum analyze lesson_keys", []);
}

interface Asked {
  stack: Stack;
  tokens: string[];
  /** The likeness of the best lessons of the whole store, most alike first. */
  best: number[];
}

/** Stacks like some of the store's, and by brute force over all of it how alike its best answers are. */
function askByBruteForce(lessons: readonly MadeLesson[]): Asked[] {
  const random = createRandom(4_711);
  const ids = new Map<string, number>();
  const numbered = lessons.map(({ tokens }) => {
    for (const token of tokens) if (!ids.has(token)) ids.set(token, ids.size);
    return Uint32Array.from(tokens, (token) => ids.get(token) ?? 0);
  });
  return Array.from({ length: QUESTIONS }, () => {
    const origin = lessons[Math.floor(random() * lessons.length)];
    if (!origin) throw new Error("memory: there are no lessons");
    const stack = perturbStack(random, origin);
    const tokens = tokensOf(stack);
    const wanted = new Uint8Array(ids.size);
    for (const token of tokens) wanted[ids.get(token) ?? ids.size] = 1;
    const likeness = numbered.map((theirs) => {
      let common = 0;
      for (const id of theirs) common += wanted[id] ?? 0;
      return common / (tokens.length + theirs.length - common);
    });
    return { stack, tokens, best: likeness.sort((a, b) => b - a).slice(0, TOP) };
  });
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

interface Measured {
  p50: number;
  p95: number;
  /** Of brute force's top answers that are alike at all, how many were given; one that is as alike counts as the same. */
  share: number;
}

async function measure(database: Database, asked: readonly Asked[]): Promise<Measured> {
  const ask = async ({ stack, tokens }: Asked) => {
    const startedMs = performance.now();
    const ranked = rankLessons(stack, await findSimilarLessons(database.db, PROJECT, tokens, COMPARED), TOP);
    return { ranked, tookMs: performance.now() - startedMs };
  };
  for (const one of asked.slice(0, WARM_UP)) await ask(one);
  const times: number[] = [];
  let given = 0;
  let wanted = 0;
  for (const one of asked) {
    const tries = [await ask(one), await ask(one), await ask(one)];
    times.push(Math.min(...tries.map(({ tookMs }) => tookMs)));
    const answers = (tries[0]?.ranked ?? []).map(({ likeness }) => likeness).sort((a, b) => b - a);
    const alike = one.best.filter((likeness) => likeness >= LESSON_RANKING.minLikeness);
    wanted += alike.length;
    given += alike.filter((likeness, rank) => (answers[rank] ?? 0) >= likeness - 1e-9).length;
  }
  times.sort((a, b) => a - b);
  return { p50: at(times, 0.5), p95: at(times, 0.95), share: given / wanted };
}

function compare(name: string, small: Measured, large: Measured): Comparison[] {
  const growth = large.p50 / small.p50;
  return [
    {
      what: `${name}: p95 among ${LARGE} lessons`,
      unit: "ms",
      ours: large.p95,
      baseline: { name: `among ${SMALL}`, value: small.p95 },
      ratio: large.p95 / small.p95,
      goal: { text: `under ${GOAL_MS} ms`, isMet: large.p95 < GOAL_MS },
    },
    {
      what: `${name}: median among ${LARGE} lessons`,
      unit: "ms",
      ours: large.p50,
      baseline: { name: `among ${SMALL}`, value: small.p50 },
      ratio: growth,
      goal: { text: `at most ${GOAL_GROWTH} times for ten times the lessons`, isMet: growth <= GOAL_GROWTH },
    },
    ...[small, large].map(
      (measured, index): Comparison => ({
        what: `${name}: top ${TOP} among ${index === 0 ? SMALL : LARGE} lessons`,
        unit: "%",
        ours: measured.share * 100,
        baseline: { name: "brute force", value: 100 },
        ratio: measured.share,
        goal: { text: `at least ${GOAL_SHARE}`, isMet: measured.share >= GOAL_SHARE },
      }),
    ),
  ];
}

/**
 * Finding similar lessons by perturbed stacks (frames dropped, renamed, added) among 10,000 and 100,000, on a real Postgres
 * and on PGlite, beside brute force over the whole store in the same run.
 */
export async function run(): Promise<BenchResult> {
  const postgres = await startPostgres();
  const real = openPg(await postgres.createDatabase(), 2, { queryTimeoutMs: 120_000 });
  const embedded = await openTestPglite();
  try {
    const results = new Map<string, Measured[]>([
      ["Postgres", []],
      ["PGlite", []],
    ]);
    for (const count of [SMALL, LARGE]) {
      const lessons = makeLessons(count, 1);
      const asked = askByBruteForce(lessons);
      for (const [name, database] of [
        ["Postgres", real],
        ["PGlite", embedded],
      ] as const) {
        await fill(database, lessons);
        results.get(name)?.push(await measure(database, asked));
      }
    }
    return {
      name: "memory",
      method: `${QUESTIONS} perturbed stacks, one after the other, each by the fastest of three times; a skewed code base, a quarter of the lessons near-duplicates of one of fifty crashes`,
      comparisons: [...results].flatMap(([name, [small, large]]) =>
        small && large ? compare(name, small, large) : [],
      ),
      notes: [
        `alike: likeness ${LESSON_RANKING.minLikeness} or more; load average of the machine meanwhile: ${loadavg()[0]?.toFixed(1)}`,
      ],
    };
  } finally {
    await real.close();
    await embedded.close();
    await postgres.stop();
  }
}
