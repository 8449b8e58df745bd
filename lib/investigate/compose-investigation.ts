import type { EventExcerpt } from "../intake/model.ts";
import { redact } from "../kernel/redact.ts";
import type { SuspectRanking } from "./model.ts";
import type { RecentCommit, SourceEvent } from "./ports.ts";

/** What an investigation found, as it is kept on the incident. Text from outside is redacted. */
export interface Investigation {
  at: string;
  summary: string;
  errorType: string | null;
  errorMessage: string | null;
  handled: boolean | null;
  request: string | null;
  stack: string[];
  /** In the source's order, for lessons. */
  frames: { filename: string | null; function: string | null; inApp: boolean | null }[];
  release: string | null;
  environment: string | null;
  /** The commit whose files were looked at; `isRelease` when the failing release names it. */
  commit: { sha: string; isRelease: boolean; isTruncated: boolean } | null;
  suspects: { path: string; score: number; reasons: string[] }[];
  commits: { sha: string; score: number; reasons: string[]; author: string; message: string; date: string }[];
  notes: string[];
  lessons: { incidentId: string; outcome: string; summary: string; pullRequestUrl: string | null }[];
  tokens: string[];
}

const MAX_SUSPECTS = 5;
const MAX_COMMITS = 3;
const MAX_STACK_LINES = 12;

/** Puts the evidence together, bounded and redacted. */
export function composeInvestigation(found: {
  event: SourceEvent | null;
  code: { sha: string; isRelease: boolean; isTruncated: boolean; commits: RecentCommit[] } | null;
  ranking: SuspectRanking;
  lessons: { incidentId: string; outcome: string; summary: string; pullRequestUrl: string | null }[];
  tokens: string[];
  at: string;
}): Investigation {
  const { event, code, ranking } = found;
  const excerpt = event?.excerpt ?? null;
  const suspects = ranking.suspects.slice(0, MAX_SUSPECTS);
  return {
    at: found.at,
    summary: summaryOf(suspects, event !== null, code !== null),
    errorType: excerpt?.errorType ?? null,
    errorMessage: clean(excerpt?.errorMessage ?? null),
    handled: excerpt?.handled ?? null,
    request: excerpt?.requestUrl ? clean(`${excerpt.requestMethod ?? "GET"} ${excerpt.requestUrl}`) : null,
    stack: stackLines(excerpt),
    frames: (excerpt?.frames ?? [])
      .slice(-15)
      .map(({ filename, function: name, inApp }) => ({ filename, function: name, inApp })),
    release: event?.release ?? null,
    environment: event?.environment ?? null,
    commit: code && { sha: code.sha, isRelease: code.isRelease, isTruncated: code.isTruncated },
    suspects,
    commits: ranking.commits.slice(0, MAX_COMMITS).flatMap((ranked) => {
      const commit = code?.commits.find((candidate) => candidate.sha === ranked.sha);
      if (!commit) return [];
      const message = redact(commit.message.split("\n")[0]?.slice(0, 120) ?? "").text;
      return [{ ...ranked, author: commit.author, message, date: commit.date }];
    }),
    notes: ranking.notes,
    lessons: found.lessons.map(({ incidentId, outcome, summary, pullRequestUrl }) => ({
      incidentId,
      outcome,
      summary,
      pullRequestUrl,
    })),
    tokens: found.tokens,
  };
}

function clean(text: string | null): string | null {
  return text === null ? null : redact(text).text.slice(0, 500);
}

function summaryOf(suspects: readonly { path: string }[], hasEvent: boolean, hasCode: boolean): string {
  const [first, ...others] = suspects;
  if (first) return `suspect file ${first.path}${others.length > 0 ? `, and ${others.length} more` : ""}`;
  if (!hasEvent) return "no event could be read, so there is no stack to look at";
  if (!hasCode) return "no repository is connected, so frames cannot be mapped to files";
  return "no frame of the stack lies in a file of the repository";
}

/** Newest frame first, as people read a stack. */
function stackLines(excerpt: EventExcerpt | null): string[] {
  if (excerpt === null) return [];
  const inApp = excerpt.frames.filter((frame) => frame.inApp !== false);
  const frames = (inApp.length > 0 ? inApp : excerpt.frames).slice(-MAX_STACK_LINES).reverse();
  return frames.map((frame) => {
    const place = `${frame.filename ?? frame.module ?? "?"}${frame.line === null ? "" : `:${frame.line}`}`;
    const code = frame.contextLine ? `  ${frame.contextLine.trim().slice(0, 160)}` : "";
    return redact(`at ${frame.function ?? "?"} (${place})${code}`).text;
  });
}
