import { AppError } from "../kernel/errors.ts";
import type { Investigation } from "./compose-investigation.ts";
import { decideReadable } from "./decide-readable.ts";
import { decideReport } from "./decide-report.ts";
import type { InquirySettings, ProposedReport, Report } from "./inquiry-model.ts";
import type { InquiryRow } from "./inquiry-store.ts";
import type { CodeHistory } from "./ports.ts";
import { shownLines } from "./read-shown-lines.ts";
import type { ToolFacts } from "./use-tool.ts";

const MOST_FILES = 8;

/** A model's answer, checked: every file that it quotes is read again, as far as it may be. */
export async function settleReport(
  outside: { history: Pick<CodeHistory, "readTexts"> | null; settings: { inquiry: InquirySettings } },
  read: { found: Investigation; inquiry: InquiryRow },
  facts: Pick<ToolFacts, "sha" | "paths">,
  proposed: ProposedReport,
): Promise<Report> {
  const named = [...new Set(proposed.evidence.map(({ path }) => path))];
  const readable = named.filter((path) => {
    const decided = decideReadable(path, facts.paths);
    return decided.type === "readable" && decided.path === path;
  });
  return decideReport(proposed, {
    files: await readLines(outside.history, readable.slice(0, MOST_FILES), facts.sha),
    minConfidence: outside.settings.inquiry.minConfidence,
    isSuspicious: read.inquiry.suspicions.length > 0 || (read.found.suspicions ?? []).length > 0,
  });
}

/** What cannot be read now proves nothing, so its quotes fall. */
async function readLines(
  history: Pick<CodeHistory, "readTexts"> | null,
  paths: readonly string[],
  sha: string,
): Promise<Map<string, string[]>> {
  if (history === null || paths.length === 0) return new Map();
  try {
    const texts = await history.readTexts(paths, sha);
    return new Map([...texts].flatMap(([path, text]) => (text === null ? [] : [[path, shownLines(text)]])));
  } catch (thrown) {
    if (thrown instanceof AppError) return new Map();
    throw thrown;
  }
}
