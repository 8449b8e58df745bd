import type { Diagnosis } from "../repair/model.ts";
import { renderBounded, renderUntrustedBlock, renderUntrustedLine } from "./render-untrusted.ts";

function linesSection({ lines, commit }: Diagnosis): string {
  if (lines.length === 0) return "";
  const at = commit ? ` (as of ${renderBounded(commit.sha, 60)})` : "";
  const parts = lines.flatMap(({ path, line, function: name, text }) => [
    `${renderUntrustedLine(`${path}:${line}`, 300)}${name === null ? "" : ` in ${renderUntrustedLine(name, 120)}`}`,
    renderUntrustedBlock(text, 2_000),
  ]);
  return [`## Where it crashed${at}`, ...parts].join("\n");
}

function changeSection({ change }: Diagnosis): string {
  if (change === null) return "";
  const { sha, certainty, message, author, date, reasons } = change;
  const text = [`${sha} ${message}`, `by ${author}, ${date}`, ...reasons.map((reason) => `- ${reason}`)].join("\n");
  return [
    `## The change that ${certainty === "likely" ? "most likely" : "possibly"} brought it`,
    renderUntrustedBlock(text, 2_000),
  ].join("\n");
}

function reportSection({ report }: Diagnosis): string {
  if (report === null) return "";
  const list = (title: string, items: readonly string[]) =>
    items.length === 0 ? [] : [`${title}:`, ...items.map((item) => `- ${item}`)];
  const text = [
    report.rootCause,
    ...list(
      "Lines",
      report.evidence.map(({ path, line, quote }) => `${path}:${line} ${quote}`),
    ),
    ...list("Ruled out", report.ruledOut),
    ...(report.suggestedFix === null ? [] : [`Suggested: ${report.suggestedFix}`]),
    ...list("Tests that would have caught it", report.testCases),
  ].join("\n");
  const sure = `${Math.round(report.confidence * 100)} % sure`;
  return [
    `## A model's reading of the cause (${sure}; check it before you follow it)`,
    renderUntrustedBlock(text, 5_000),
  ].join("\n");
}

/** The diagnosis as sections of the brief, all of it fenced as data. Owners are for people, and left out. */
export function renderDiagnosis(diagnosis: Diagnosis | null): string[] {
  if (diagnosis === null) return [];
  const route = diagnosis.route === null ? "" : `Failing route: ${renderUntrustedLine(diagnosis.route, 300)}`;
  return [route, linesSection(diagnosis), changeSection(diagnosis), reportSection(diagnosis)];
}
