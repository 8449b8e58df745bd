import type { SlowMeasure } from "../performance/model.ts";
import type { SourceEvent } from "./ports.ts";

const MOST_CHARACTERS = 1_000;

/**
 * A slow span as evidence: it has no stack, but its name and its transaction point at files, and its release at a commit.
 */
export function composeSlowEvent(measure: SlowMeasure, environment: string | null): SourceEvent {
  const { transaction, op, description, p50Ms, p95Ms, baseline, release } = measure;
  const was = baseline === null ? "" : `, was ${Math.round(baseline.p95Ms)} ms`;
  const within = description === "" || description === transaction ? "" : ` in span "${description}"`;
  const message = `${transaction || op} is slow${within}: p50 ${Math.round(p50Ms)} ms, p95 ${Math.round(p95Ms)} ms${was}`;
  const [method, path] = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\S+)$/.exec(transaction)?.slice(1) ?? [];
  return {
    excerpt: {
      eventId: null,
      occurredAt: measure.to,
      platform: null,
      errorType: null,
      errorMessage: message.slice(0, MOST_CHARACTERS).toWellFormed(),
      handled: null,
      frames: [],
      tags: {},
      requestMethod: method ?? null,
      requestUrl: path ?? null,
    },
    release,
    environment,
  };
}
