import { coarseWords, composeFindingKey, squeezeCode } from "./compose-key.ts";
import { decidePlace } from "./decide-place.ts";
import { decideSuggestion } from "./decide-suggestion.ts";
import type { Finding, FindingKind, FindingState, ProposedFinding, ReviewPolicy, Severity } from "./model.ts";
import type { PatchHunk } from "./read-patch.ts";

/** A finding of an earlier review of the same pull request. */
export interface EarlierFinding extends Finding {
  id: string;
  state: FindingState;
}

export interface FindingsDecision {
  kept: Finding[];
  dropped: { proposed: ProposedFinding; reason: string }[];
  /** Small losses of what is kept, such as a suggestion that does not apply. */
  notes: string[];
}

export interface FindingsFacts {
  files: ReadonlyMap<string, readonly PatchHunk[]>;
  earlier: readonly EarlierFinding[];
}

/** What a kind can weigh at most. */
const MOST_SEVERE: Partial<Record<FindingKind, Severity>> = { missing_test: "medium", style: "low" };
const ORDER: readonly Severity[] = ["low", "medium", "high", "critical"];
/** Of the words of the shorter title, how many make two remarks one. */
const SAME_WORDS = 0.5;
/** A text of fewer characters stands in many places. */
const DISTINCT_CHARS = 14;

/** As far as small edits move the same trouble. */
const CLOSE_LINES = 6;

export const severityRank = (severity: Severity): number => ORDER.indexOf(severity);

const bounded = (value: number) => (Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0);

function boundSeverity({ kind, severity }: ProposedFinding): Severity {
  const most = MOST_SEVERE[kind];
  return most !== undefined && severityRank(severity) > severityRank(most) ? most : severity;
}

function saysTheSame(one: Pick<Finding, "title">, other: Pick<Finding, "title">): boolean {
  const titles = [coarseWords(one.title), coarseWords(other.title)] as const;
  const both = titles[0].filter((word) => titles[1].includes(word)).length;
  const least = Math.min(titles[0].length, titles[1].length);
  return least === 0 || both / least >= SAME_WORDS;
}

function overlaps(one: Finding, other: Finding): boolean {
  if (one.place.path !== other.place.path || one.place.side !== other.place.side) return false;
  const from = Math.max(one.place.startLine ?? one.place.line, other.place.startLine ?? other.place.line);
  return from <= Math.min(one.place.line, other.place.line);
}

/** Two remarks of one answer that a reader would take for one. */
function isTwin(one: Finding, other: Finding): boolean {
  if (one.key === other.key) return true;
  const isSameLine = one.kind === other.kind && one.place.line === other.place.line;
  return overlaps(one, other) && (isSameLine || saysTheSame(one, other));
}

const isClose = (one: Finding, other: Finding) =>
  one.place.side === other.place.side && Math.abs(one.place.line - other.place.line) <= CLOSE_LINES;

/** Whether an earlier remark said this, perhaps in other words, about lines that have moved or were half mended. */
function isRepeat(finding: Finding, earlier: EarlierFinding): boolean {
  if (finding.key === earlier.key) return true;
  if (finding.place.path !== earlier.place.path || finding.kind !== earlier.kind) return false;
  if (isClose(finding, earlier) && saysTheSame(finding, earlier)) return true;
  const text = sharedText(finding, earlier);
  return text !== null && (text.length >= DISTINCT_CHARS || saysTheSame(finding, earlier));
}

/** The text that both are about: the whole range, or its last line; null: they are about different ones. */
function sharedText(one: Finding, other: Finding): string | null {
  const [whole, otherWhole] = [squeezeCode(one.anchor), squeezeCode(other.anchor)];
  if (whole === otherWhole) return whole;
  return lastLine(one) === lastLine(other) ? lastLine(one) : null;
}

const lastLine = ({ anchor }: Pick<Finding, "anchor">) => squeezeCode(anchor.slice(anchor.lastIndexOf("\n") + 1));

const REPEATED: Partial<Record<FindingState, string>> = {
  open: "was said in an earlier review, and is still open",
  listed: "was said in an earlier review",
  dismissed: "people settled it before",
};

function whyRepeated(finding: Finding, earlier: readonly EarlierFinding[]): string | null {
  for (const one of earlier) {
    const reason = REPEATED[one.state];
    if (reason !== undefined && isRepeat(finding, one)) return reason;
  }
  return null;
}

/**
 * What of a model's findings stands: on a line of the diff, not said twice, not said before, nothing that people settled.
 * The surest and gravest of two that say the same is the one that is kept. A suggestion that does not apply is left out.
 */
export function decideFindings(
  proposed: readonly ProposedFinding[],
  facts: FindingsFacts,
  policy: Pick<ReviewPolicy, "style">,
): FindingsDecision {
  const decision: FindingsDecision = { kept: [], dropped: [], notes: [] };
  const weight = (one: ProposedFinding) => severityRank(boundSeverity(one)) + bounded(one.confidence);
  for (const one of [...proposed].sort((a, b) => weight(b) - weight(a))) {
    const drop = (reason: string) => decision.dropped.push({ proposed: one, reason });
    if (one.kind === "style" && !policy.style) {
      drop("remarks on style are off by policy");
      continue;
    }
    const placing = decidePlace(one, facts.files);
    if (placing.type === "dropped") {
      drop(placing.reason);
      continue;
    }
    const { title, why, kind } = one;
    const { place, anchor } = placing;
    const suggestion = one.suggestion === null ? null : decideSuggestion(one.suggestion, placing);
    const finding: Finding = {
      key: composeFindingKey({ path: place.path, kind, anchor, title }),
      place,
      anchor,
      severity: boundSeverity(one),
      confidence: bounded(one.confidence),
      kind,
      title,
      why,
      suggestion: suggestion?.type === "kept" ? suggestion.text : null,
    };
    const repeated = whyRepeated(finding, facts.earlier);
    const twin = decision.kept.find((other) => isTwin(finding, other));
    if (repeated !== null) drop(repeated);
    else if (twin !== undefined) drop("another finding of this review says it");
    else {
      decision.kept.push(finding);
      if (suggestion?.type === "dropped")
        decision.notes.push(`a suggestion for ${place.path}:${place.line} was left out: ${suggestion.reason}`);
    }
  }
  return decision;
}
