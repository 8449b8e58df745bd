import { type ReadDelivery, SEER_RESULTS, type SeerSignal } from "./model.ts";
import {
  countOf,
  deliveryKeyOf,
  digestOf,
  type Fields,
  fieldsOf,
  httpUrlOf,
  idOf,
  lastOf,
  textOf,
} from "./read-fields.ts";
import type { HeaderReader } from "./read-headers.ts";

const MAX_TEXT = 2_000;
const MAX_STEPS = 8;
const MAX_STEP = 500;
const MAX_CHANGES = 5;
const MAX_PULL_REQUESTS = 5;

/** Whether an action can only be Seer's: its samples without the resource header have nothing else to know them by. */
export function isSeerAction(action: string): boolean {
  return action === "pr_created" || /^(?:root_cause|solution|coding|iteration)_(?:started|completed)$/.test(action);
}

/**
 * `seer.*`: what Sentry's AI came to about an issue. Results are evidence; that it began tells nothing. Everything but the
 * issue may be missing, down to `{"pull_request": {}}`. Shapes: getsentry/sentry-docs webhooks/seer.mdx, and the fixtures
 * of Sentry's own consumer, getsentry/eng-pipes, which name the issue in `issue.id` instead of `group_id`. Key: run and
 * action (formats.md 1.4). Diffs are left out: whatever Seer would change, our gate has not seen it.
 */
export function readSeer(action: string, data: Fields, headers: HeaderReader): ReadDelivery {
  const runId = idOf(data.run_id);
  const issueId = idOf(data.group_id) ?? idOf(fieldsOf(data.issue)?.id);
  const subject = runId ?? issueId ?? digestOf(headers.get("sentry-hook-signature") ?? "");
  const base = { deliveryKey: deliveryKeyOf("sentry", "seer", subject, action), resource: "seer" };
  const result = SEER_RESULTS.find((one) => one === action);
  if (result === undefined) return { ...base, outcome: "ignored", reason: reasonToIgnore(action), signal: null };
  if (issueId === null) {
    return { ...base, outcome: "ignored", reason: `resource seer: ${action} names no issue`, signal: null };
  }
  const analysis = fieldsOf(data.root_cause) ?? fieldsOf(data.solution);
  const signal: SeerSignal = {
    kind: "seer",
    action: result,
    issueId,
    runId,
    description: textOf(analysis?.description, MAX_TEXT),
    steps: firstOf(analysis?.steps, MAX_STEPS).flatMap(stepOf),
    changes: firstOf(data.changes, MAX_CHANGES).flatMap(changeOf),
    pullRequests: firstOf(data.pull_requests, MAX_PULL_REQUESTS).flatMap(pullRequestOf),
  };
  return { ...base, outcome: "accepted", reason: `Seer's result: ${action}`, signal };
}

function reasonToIgnore(action: string): string {
  if (action.endsWith("_started")) return `resource seer: ${action} says only that Seer began`;
  return `action ${action} of resource seer is not one that Patchpilot acts on`;
}

function firstOf(value: unknown, max: number): unknown[] {
  return lastOf(value, Number.POSITIVE_INFINITY).slice(0, max);
}

function stepOf(value: unknown): string[] {
  const step = fieldsOf(value);
  const title = textOf(step?.title, 200);
  const told = textOf(step?.code_snippet_and_analysis, MAX_STEP);
  const path = textOf(fieldsOf(step?.relevant_code_file)?.file_path, 200);
  const words = [title, told].filter((one) => one !== null).join(": ");
  if (words === "" && path === null) return [];
  return [path === null ? words : `${words} (${path})`.trim()];
}

function changeOf(value: unknown): SeerSignal["changes"] {
  const change = fieldsOf(value);
  const title = textOf(change?.title, 200);
  if (change === null || title === null) return [];
  return [{ repository: textOf(change.repo_name, 200), title, description: textOf(change.description, MAX_STEP) }];
}

function pullRequestOf(value: unknown): SeerSignal["pullRequests"] {
  const entry = fieldsOf(value);
  const pull = fieldsOf(entry?.pull_request);
  const url = httpUrlOf(pull?.pr_url);
  return url === null ? [] : [{ url, repository: textOf(entry?.repo_name, 200), number: countOf(pull?.pr_number) }];
}
