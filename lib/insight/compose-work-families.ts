import { countBy, counter, countOf, gauge, histogram, one, sumBy, totalOf } from "./compose-family.ts";
import { type Figures, SECONDS } from "./figures-model.ts";
import type { Family } from "./prometheus-model.ts";

export function composeRepairs({ runs, pullRequests }: Figures): Family[] {
  const ofProfile = ({ profile }: { profile: string }) => ({ profile });
  const merged = pullRequests.filter(({ state }) => state === "merged");
  return [
    counter(
      "repair_runs_started_total",
      "Runs that were ever queued, by their worker's profile and what they are for",
      countBy(runs, ({ profile, taskKind }) => ({ profile, task: taskKind })),
    ),
    gauge(
      "repair_runs",
      "Runs by state",
      countBy(runs, ({ state, profile }) => ({ state, profile })),
    ),
    histogram(
      "repair_run_duration_seconds",
      "From when a runner took a run until it was filed; one that the gate denied counts once it is approved",
      { rows: runs, bounds: SECONDS.run, labelsOf: ofProfile },
    ),
    counter(
      "repair_cost_usd_total",
      "What runs cost, as far as their workers tell",
      sumBy(runs, ofProfile, ({ costUsd }) => costUsd),
    ),
    gauge(
      "pull_requests",
      "Our pull requests by state",
      countBy(pullRequests, ({ state }) => ({ state })),
    ),
    counter("pull_requests_merged_total", "Our pull requests that were merged", one(totalOf(merged, countOf))),
  ];
}

export function composeReviews({ reviews, findings }: Figures): Family[] {
  return [
    gauge(
      "reviews",
      "Heads of pull requests by how far their review is",
      countBy(reviews, ({ state }) => ({ state })),
    ),
    counter("reviews_begun_total", "Reviews whose reading began", one(totalOf(reviews, ({ begun }) => begun))),
    counter("reviews_posted_total", "Reviews that were posted", one(totalOf(reviews, ({ posted }) => posted))),
    histogram(
      "review_duration_seconds",
      "From when a head was seen until its review was posted, waiting for checks included",
      {
        rows: reviews,
        bounds: SECONDS.review,
        labelsOf: null,
      },
    ),
    counter(
      "review_findings_made_total",
      "Remarks that were ever made, those among them that were kept back",
      countBy(findings, ({ kind, severity }) => ({ kind, severity })),
    ),
    gauge(
      "review_findings",
      "Remarks by what became of them",
      countBy(findings, ({ state }) => ({ state })),
    ),
  ];
}

/** Ends of an answer that was whole. */
const WHOLE: ReadonlySet<string | null> = new Set(["stop", "tool-calls"]);

export function composeModel({ modelCalls }: Figures): Family[] {
  const who = ({ model, purpose }: { model: string; purpose: string }) => ({ model, purpose });
  const ended = modelCalls.filter(({ outcome }) => outcome !== "open");
  const failed = ended.filter(({ outcome, finish }) => outcome !== "answered" || !WHOLE.has(finish));
  const tokens = ended.flatMap((row) => [
    { ...who(row), kind: "input", tokens: row.inputTokens },
    { ...who(row), kind: "cache_read", tokens: row.cacheReadTokens },
    { ...who(row), kind: "cache_write", tokens: row.cacheWriteTokens },
    { ...who(row), kind: "output", tokens: row.outputTokens },
    { ...who(row), kind: "untold", tokens: row.untoldTokens },
  ]);
  return [
    counter(
      "model_calls_total",
      "Calls of a model that ended: answered, refused by the provider, or lost, which may have been billed",
      countBy(ended, (row) => ({ ...who(row), outcome: row.outcome })),
    ),
    counter(
      "model_failures_total",
      "Calls without a whole answer, by the provider's word or the error's code",
      countBy(failed, (row) => ({ ...who(row), code: row.finish ?? "unknown" })),
    ),
    gauge(
      "model_calls_open",
      "Calls whose end nobody has told: under way, or cut off with their process",
      countBy(
        modelCalls.filter(({ outcome }) => outcome === "open"),
        who,
      ),
    ),
    histogram("model_call_duration_seconds", "How long calls of a model took", {
      rows: ended,
      bounds: SECONDS.model,
      labelsOf: who,
    }),
    counter(
      "model_tokens_total",
      "Tokens as billed; untold: what was reserved for calls that told no usage",
      sumBy(
        tokens,
        (row) => ({ ...who(row), kind: row.kind }),
        (row) => row.tokens,
      ),
    ),
    counter(
      "model_cost_usd_total",
      "What calls cost, as budgets count it: a call that told no usage counts with all that was reserved for it",
      sumBy(ended, who, ({ costUsd }) => costUsd),
    ),
    counter(
      "model_calls_unpriced_total",
      "Ended calls of models whose price is not known: the cost lacks them",
      sumBy(ended, who, ({ unpriced }) => unpriced),
    ),
  ];
}
