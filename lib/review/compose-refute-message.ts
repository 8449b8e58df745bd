import type { ReadFile } from "./decide-reading.ts";
import type { Finding } from "./model.ts";
import { type Fence, oneLineOf, renderChanges, renderFiles, renderPlace, renderWords } from "./render-material.ts";

/** The claims, numbered from 1; `decidePosted` reads the verdicts by these numbers. */
function renderClaims(findings: readonly Finding[]): string {
  return findings
    .map((finding, index) => {
      const { place, kind, severity, title, why, anchor } = finding;
      const lines = anchor
        .split("\n")
        .slice(-5)
        .map((line) => `   | ${oneLineOf(line, 300)}`);
      return [
        `${index + 1}. ${renderPlace(place)} (${severity} ${kind}): ${oneLineOf(title, 200)}`,
        ...lines,
        `   ${oneLineOf(why, 1_200)}`,
      ].join("\n");
    })
    .join("\n");
}

/** The message of the second pass: the claims, the changed files that they are about, and those files at the head. */
export function composeRefuteMessage(
  material: {
    findings: readonly Finding[];
    files: readonly ReadFile[];
    texts: readonly { path: string; text: string }[];
  },
  fence: Fence,
): string {
  const { mark, limit } = fence;
  const paths = new Set(material.findings.map((finding) => finding.place.path));
  const isMeant = (path: string) => paths.has(path);
  const claims = renderClaims(material.findings);
  const head = `${material.findings.length} claims about a pull request are to be checked.\n\n${renderWords(claims, { mark, source: "the claims", limit: Math.floor(limit * 0.4) })}`;
  const end = "Answer with one verdict for each claim.";
  let left = limit - head.length - end.length - 4;
  const change = renderChanges(
    material.files.filter(({ file }) => isMeant(file.path)),
    { mark, limit: left },
  );
  left -= change.reduce((sum, part) => sum + part.length + 2, 0);
  // Other files may hold what refutes a claim: those that it is about come first.
  const texts = material.texts.toSorted((a, b) => Number(isMeant(b.path)) - Number(isMeant(a.path)));
  return [head, ...change, ...renderFiles(texts, { mark, limit: left }), end].join("\n\n");
}
