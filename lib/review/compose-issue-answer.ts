import { codeUrl } from "../kernel/code-url.ts";
import { code, link, quiet } from "../kernel/render-markdown.ts";
import type { CheckedAnswer } from "./decide-issue-answer.ts";
import { said } from "./render-said.ts";

/** The one comment on an issue. `repository.webUrl`: the repository's page, or null. */
export function composeIssueAnswer(answer: CheckedAnswer, repository: { webUrl: string | null; sha: string }): string {
  const places = answer.places.map(({ path, line }) => {
    const url = repository.webUrl === null ? null : codeUrl(repository.webUrl, repository.sha, path, line);
    return `- ${link(code(`${path}:${line}`), url)}`;
  });
  const related = answer.related.map((one) => `- #${one.number} ${quiet(one.title, 160)} (${one.state})`);
  return [
    answer.isKnown ? said(answer.text, 3_000) : `I don't know. ${said(answer.text, 1_000)}`,
    places.length > 0 ? `Looked at:\n\n${places.join("\n")}` : null,
    related.length > 0 ? `Related:\n\n${related.join("\n")}` : null,
    "<sub>A first answer by Patchpilot, from what this repository holds; a maintainer may know better.</sub>",
  ]
    .filter((part) => part !== null)
    .join("\n\n");
}
