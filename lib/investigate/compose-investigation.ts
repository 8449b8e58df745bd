import type { EventExcerpt } from "../intake/model.ts";
import { redact } from "../kernel/redact.ts";
import type { ChangeVerdict, Evidence, Ownership } from "./evidence-model.ts";
import type { InquiryOutcome, Report, Suspicion } from "./inquiry-model.ts";
import type { RecalledLesson } from "./lesson-model.ts";
import type { SuspectRanking } from "./model.ts";
import type { SourceEvent } from "./ports.ts";
import type { RankedChange } from "./rank-changes.ts";

export interface InvestigatedCommit extends RankedChange {
  pullRequest?: { number: number; title: string; url: string } | null;
}

/** What surrounds the crash, as it was gathered. */
export interface GatheredEvidence {
  evidence: Evidence;
  commits: InvestigatedCommit[];
  change: ChangeVerdict;
  owners: Ownership[];
  webUrl: string | null;
}

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
  /** Commits that may have brought it, most suspect first. */
  commits: InvestigatedCommit[];
  /** Which of `commits` it was, or why that is not known. Investigations of before it was looked for have none. */
  change?: ChangeVerdict;
  owners?: Ownership[];
  evidence?: Evidence;
  /** The repository's page, for links; null where it is not known. */
  webUrl?: string | null;
  /** What an investigator made of the facts, once one has looked at them. */
  report?: Report | null;
  /** How a model's look at it ended, where one was asked. */
  inquiry?: Omit<InquiryOutcome, "report">;
  /** What seems to give orders to whoever reads it. */
  suspicions?: Suspicion[];
  notes: string[];
  lessons: RecalledLesson[];
  tokens: string[];
}

const MAX_SUSPECTS = 5;
const MAX_COMMITS = 3;
const MAX_STACK_LINES = 12;

/** Puts the evidence together, bounded and redacted. */
export function composeInvestigation(found: {
  event: SourceEvent | null;
  code: { sha: string; isRelease: boolean; isTruncated: boolean } | null;
  surroundings: GatheredEvidence;
  ranking: SuspectRanking;
  lessons: RecalledLesson[];
  tokens: string[];
  at: string;
}): Investigation {
  const { event, code, ranking, surroundings } = found;
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
    commits: surroundings.commits.slice(0, MAX_COMMITS).map(composeCommit),
    change: surroundings.change,
    owners: surroundings.owners,
    evidence: surroundings.evidence,
    webUrl: surroundings.webUrl,
    report: null,
    notes: ranking.notes,
    lessons: found.lessons,
    tokens: found.tokens,
  };
}

function composeCommit({ message, pullRequest, author, ...commit }: InvestigatedCommit): InvestigatedCommit {
  const firstLine = (text: string) => redact(text.split("\n")[0]?.slice(0, 1_000) ?? "").text.slice(0, 120);
  return {
    ...commit,
    author: redact(author.slice(0, 1_000)).text.slice(0, 100),
    message: firstLine(message),
    pullRequest: pullRequest ? { ...pullRequest, title: firstLine(pullRequest.title) } : null,
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
    const code = frame.contextLine ? `  ${redact(frame.contextLine.trim()).text.slice(0, 160)}` : "";
    return redact(`at ${frame.function ?? "?"} (${place})${code}`).text;
  });
}
