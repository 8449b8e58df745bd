import type { InquiryEnd } from "../investigate/inquiry-model.ts";
import type { WriteKind } from "../kernel/write.ts";

/** What an incident came to: the state that it is in, or what it waits for. */
export type Decision = "refused" | "nothing" | "repair" | "watch" | "ignore" | "wait" | "person";

export interface ObservedReport {
  rootCause: string | null;
  confidence: number;
  needsPerson: boolean;
  testCases: number;
}

/** What was seen of one case when nothing more was due. The first incident speaks for all. */
export interface Observed {
  answer: { status: number; outcome: string | null };
  decision: Decision;
  state: string | null;
  priority: string | null;
  incidents: number;
  issues: number;
  repairs: number;
  /** Titles, labels, bodies and comments of all issues. */
  issueText: string;
  briefText: string;
  promptText: string;
  /** Kinds and sentences, a line each. */
  timelineText: string;
  /** What the machine said for operators. */
  logText: string;
  writes: WriteKind[];
  /** Names of the tools that answered, in order; `refused`: how many calls did not. */
  tools: string[];
  refusedCalls: number;
  deadJobs: string[];
  inquiry: { end: InquiryEnd; steps: number; tokens: number; costUsd: number | null } | null;
  report: ObservedReport | null;
  suspects: string[];
  latencyMs: number;
}

/** How good a diagnosis was; null where the case does not know the truth of it. */
export interface Quality {
  rootCause: boolean | null;
  hit1: boolean | null;
  hit3: boolean | null;
  tests: boolean | null;
}

export interface CaseResult {
  name: string;
  title: string;
  /** Why it failed; empty: it passed. */
  failures: string[];
  quality: Quality;
  observed: Observed;
}

/** Shares from 0 to 1 over the cases that can tell; null where none can. */
export interface Score {
  cases: number;
  passed: number;
  rootCause: number | null;
  hit1: number | null;
  hit3: number | null;
  tests: number | null;
  /** The mean of root cause, hit@1, hit@3 and tests. */
  quality: number | null;
  steps: number;
  tokens: number;
  costUsd: number;
  refusedCalls: number;
  latencyMs: number;
}
