import { decideInjection } from "../kernel/decide-injection.ts";
import { oneLine } from "../kernel/quiet-text.ts";
import type { ProposedReport, Report } from "./inquiry-model.ts";

const MOST_EVIDENCE = 8;
const MOST_ITEMS = 6;
const MOST_QUOTE = 300;
/** A quote of fewer letters is in every file. */
const LEAST_QUOTE = 6;
/** Who quoted something that is not there is believed less, and not at all when nothing was. */
const CONFIDENCE_AFTER_DROP = 0.7;
const CONFIDENCE_WITHOUT_EVIDENCE = 0.2;

const ADDRESS = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|mailto:|javascript:|data:)\S+/gi;

const COMMAND = /(^|\s)\/(?=(?:patchpilot|generate-fix|implement)\b)/gi;

/** A model's words on one line, without addresses (what people click on comes from us) and without commands to us. */
const said = (text: string, maxLength: number): string =>
  oneLine(text.slice(0, 20_000).replace(ADDRESS, "(address removed)").replace(COMMAND, "$1"), maxLength);

const squeeze = (line: string): string => line.replace(/\s+/g, " ").trim();

interface NumberedLine {
  number: number;
  text: string;
}

function numbered(lines: readonly string[]): NumberedLine[] {
  return lines.map((text, index) => ({ number: index + 1, text: squeeze(text) })).filter((line) => line.text !== "");
}

/** Where these lines stand, one after the other (blank ones aside), nearest to the line that was claimed; null: nowhere. */
function findQuote(file: readonly NumberedLine[], quote: string, claimed: number): number | null {
  const wanted = quote.split("\n").map(squeeze).filter(Boolean);
  if (wanted.join("").length < LEAST_QUOTE) return null;
  const places = file.flatMap((line, at) =>
    wanted.every((text, offset) => file[at + offset]?.text.includes(text)) ? [line.number] : [],
  );
  const distance = (number: number) => Math.abs(number - claimed);
  return places.length === 0 ? null : places.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

function checkEvidence(
  proposed: ProposedReport["evidence"],
  files: ReadonlyMap<string, readonly string[]>,
): { kept: Report["evidence"]; notes: string[] } {
  const kept: Report["evidence"] = [];
  const notes: string[] = [];
  for (const { path, line, quote } of proposed.slice(0, MOST_EVIDENCE)) {
    const lines = files.get(path);
    const at = lines === undefined ? null : findQuote(numbered(lines), quote, line);
    if (lines === undefined || at === null) {
      const why = lines === undefined ? "cannot be read at this commit" : "does not hold it at this commit";
      notes.push(`a quote was dropped: ${oneLine(path, 120) || "a file without a name"} ${why}`);
    } else {
      kept.push({ path, line: at, quote: oneLine(lines[at - 1] ?? "", MOST_QUOTE) });
    }
  }
  const rest = proposed.length - MOST_EVIDENCE;
  return { kept, notes: rest > 0 ? [...notes, `${rest} more quotes were not looked at`] : notes };
}

const items = (texts: readonly string[]): string[] =>
  texts
    .slice(0, MOST_ITEMS)
    .map((text) => said(text, 300))
    .filter(Boolean);

/**
 * What is kept of a model's answer. `files`: the lines, as the model was shown them, of the quoted files that may be read
 * at the commit. A quote that is not there is dropped and said, and the confidence falls with it; below `minConfidence`
 * no cause is asserted and a person is asked.
 */
export function decideReport(
  proposed: ProposedReport,
  facts: { files: ReadonlyMap<string, readonly string[]>; minConfidence: number; isSuspicious: boolean },
): Report {
  const { kept, notes } = checkEvidence(proposed.evidence, facts.files);
  const most = kept.length === 0 ? CONFIDENCE_WITHOUT_EVIDENCE : notes.length > 0 ? CONFIDENCE_AFTER_DROP : 1;
  const claimed = Number.isFinite(proposed.confidence) ? Math.min(1, Math.max(0, proposed.confidence)) : 0;
  const confidence = Math.min(claimed, most);
  if (confidence < claimed) notes.push(`confidence was ${claimed}, and is ${confidence} by the evidence that held`);
  const rootCause = said(proposed.rootCause ?? "", 600);
  const isOrder = decideInjection([proposed.rootCause, proposed.suggestedFix].join("\n"), "prose").length > 0;
  if (isOrder) notes.push("the answer gave orders instead of a cause: nothing of it is asserted");
  const isSure = rootCause !== "" && confidence >= facts.minConfidence && !isOrder;
  if (rootCause !== "" && !isSure && !isOrder) {
    notes.push(`a cause was proposed with too little confidence (${confidence}) and is not asserted`);
  }
  return {
    rootCause: isSure ? rootCause : null,
    confidence,
    evidence: kept,
    ruledOut: items(proposed.ruledOut),
    suggestedFix: isSure ? said(proposed.suggestedFix ?? "", 1_000) || null : null,
    testCases: isSure ? items(proposed.testCases) : [],
    needsPerson: proposed.needsPerson || !isSure || facts.isSuspicious,
    notes,
  };
}
