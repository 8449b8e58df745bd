import { boundedText as renderBounded, visibleText as renderVisible } from "../kernel/untrusted-text.ts";

export { renderBounded, renderVisible };

/** Untrusted text in one line of Markdown: visible, bounded, in a code span that it cannot leave. */
export function renderUntrustedLine(text: string, limit: number): string {
  const line = renderBounded(
    renderVisible(text.slice(0, limit * 4))
      .replace(/\s+/g, " ")
      .trim(),
    limit,
  );
  const fence = fenceFor(line, 1);
  // A space keeps a backtick at the edge apart from the fence; Markdown strips one on each side.
  return line === "" ? "(empty)" : `${fence} ${line} ${fence}`;
}

/** Untrusted text as a fenced block that it cannot close: the fence is longer than any run of backticks in it. */
export function renderUntrustedBlock(text: string, limit: number): string {
  const visible = renderBounded(renderVisible(text.slice(0, limit * 4)), limit);
  const fence = fenceFor(visible, 3);
  return `${fence}text\n${visible}\n${fence}`;
}

function fenceFor(text: string, atLeast: number): string {
  const runs = text.match(/`+/g) ?? [];
  const longest = runs.reduce((length, run) => Math.max(length, run.length), 0);
  return "`".repeat(Math.max(atLeast, longest + 1));
}
