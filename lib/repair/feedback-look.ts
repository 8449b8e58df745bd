import type { Incident } from "../incidents/index.ts";
import type { Outbound } from "../runtime/outbound.ts";
import type { PastRound } from "./decide-round.ts";
import type { FeedbackRow, NewFeedback } from "./feedback-store.ts";
import type { ParseYaml } from "./get-rules.ts";
import type { CodeHost, HostedFeedback, PullReviews } from "./ports.ts";
import type { RepairSettings } from "./settings.ts";
import type { PullRequestRow, RunRow } from "./store.ts";

export interface FeedbackOutside {
  codeHost: CodeHost;
  reviews: PullReviews;
  outbound: Outbound;
  settings: RepairSettings;
  parseYaml: ParseYaml;
}

/** All that one look at a pull request in review goes by. */
export interface Look {
  incident: Incident;
  row: PullRequestRow;
  /** The run that opened the pull request. */
  first: RunRow;
  feedback: HostedFeedback;
  runs: readonly RunRow[];
  known: readonly FeedbackRow[];
  rounds: readonly PastRound[];
}

/** An item that waits: filed before, or new with this look. */
export type OpenFeedback = NewFeedback | FeedbackRow;
