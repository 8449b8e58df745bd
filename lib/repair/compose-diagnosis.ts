import type { Investigation } from "../investigate/compose-investigation.ts";
import type { Diagnosis } from "./model.ts";

/** What the investigation left on the incident, as far as a diagnosis needs it; older ones lack most of it. */
export type DiagnosedFacts = Partial<
  Pick<Investigation, "commit" | "commits" | "change" | "owners" | "evidence" | "report" | "request">
>;

const cut = (text: string, max = 500): string => text.slice(0, max).replace(/[\ud800-\udbff]$/, "");
const cutAll = (texts: readonly string[], most: number): string[] => texts.slice(0, most).map((text) => cut(text));

/** The route that most of the events name, else what this one request asked for. */
function routeOf({ evidence, request }: DiagnosedFacts): string | null {
  const route = evidence?.spreads.find(({ key }) => key === "transaction")?.values[0]?.value;
  if (route) return cut(route);
  const [, method, path] = /^([A-Z]{1,10}) (?:https?:\/\/[^/?#]*)?([^?#]*)/.exec(request ?? "") ?? [];
  return method && path ? cut(`${method} ${path}`) : null;
}

function linesOf({ evidence }: DiagnosedFacts): Diagnosis["lines"] {
  return (evidence?.code ?? []).slice(0, 3).map(({ path, line, function: name, lines }) => {
    const rows = lines.map(({ number, text }) => `${number === line ? ">" : " "} ${number} ${text}`);
    return { path: cut(path), line, function: name === null ? null : cut(name), text: cut(rows.join("\n"), 2_000) };
  });
}

function changeOf({ change, commits }: DiagnosedFacts): Diagnosis["change"] {
  if (!change || "unknown" in change) return null;
  const commit = commits?.find((one) => one.sha === change.sha);
  if (!commit) return null;
  const { sha, message, author, date, reasons } = commit;
  return {
    sha: cut(sha),
    certainty: change.certainty,
    message: cut(message),
    author: cut(author),
    date: cut(date),
    reasons: cutAll(reasons, 6),
  };
}

/** A reading in which no cause is asserted helps nobody to repair. */
function reportOf({ report }: DiagnosedFacts): Diagnosis["report"] {
  if (!report || report.rootCause === null) return null;
  return {
    rootCause: cut(report.rootCause, 1_000),
    confidence: report.confidence,
    evidence: report.evidence
      .slice(0, 8)
      .map(({ path, line, quote }) => ({ path: cut(path), line, quote: cut(quote) })),
    ruledOut: cutAll(report.ruledOut, 6),
    suggestedFix: report.suggestedFix === null ? null : cut(report.suggestedFix, 1_000),
    testCases: cutAll(report.testCases, 6),
  };
}

/** The investigation's conclusions in the brief's bounded shape. */
export function composeDiagnosis(facts: DiagnosedFacts): Diagnosis {
  const { commit } = facts;
  return {
    commit: commit ? { sha: cut(commit.sha), isRelease: commit.isRelease } : null,
    route: routeOf(facts),
    lines: linesOf(facts),
    change: changeOf(facts),
    owners: (facts.owners ?? [])
      .slice(0, 5)
      .map(({ path, owners }) => ({ path: cut(path), owners: cutAll(owners, 5) })),
    report: reportOf(facts),
  };
}
