/**
 * A small, safe part of GitHub's Markdown: headings, lists, task lists, tables, fences, quotes, rules, links, bold, italics,
 * code, <sub>, <details>/<summary>. Everything else is escaped; comments of HTML are hidden, as on GitHub.
 */
function escapeHtml(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  return text.replace(/[&<>"']/g, (char) => names[char] ?? char);
}

const link = (href: string, text: string): string => `<a href="${href}" rel="nofollow noreferrer">${text}</a>`;

/** A private-use character that stands for HTML set aside. */
const KEPT = "\ue000";

const KEPT_PATTERN = new RegExp(`${KEPT}(\\d+)${KEPT}`, "g");

/** Text within a line. Code spans are set aside first, so that nothing inside them is read as markup. */
function renderInline(text: string): string {
  const kept: string[] = [];
  const keep = (html: string): string => `${KEPT}${kept.push(html) - 1}${KEPT}`;
  const escaped = escapeHtml(text.replaceAll(KEPT, "")).replace(/(`+)(.+?)\1(?!`)/g, (_, _ticks, code: string) =>
    keep(`<code>${code.trim()}</code>`),
  );
  const linked = escaped
    .replace(/!\[([^\]]*)\]\((?:https?:\/\/[^\s)]+)\)/g, (_, alt: string) => alt)
    .replace(/\[([^\]]+)\]\((https?:\/\/[^\s)]+|\/[^\s)]*|#[^\s)]*)\)/g, (_, label: string, href: string) =>
      keep(link(href, label)),
    )
    .replace(/\bhttps?:\/\/[^\s<>"')\]]+/g, (href) => keep(link(href, href)));
  const marked = linked
    .replace(/\*\*(.+?)\*\*/g, "<strong>$1</strong>")
    .replace(/~~(.+?)~~/g, "<del>$1</del>")
    .replace(/&lt;sub&gt;(.*?)&lt;\/sub&gt;/g, "<sub>$1</sub>")
    .replace(/(^|[\s(])[*_](\S(?:.*?\S)?)[*_](?=$|[\s).,:;!?])/g, "$1<em>$2</em>");
  const restore = (html: string): string =>
    html.replace(KEPT_PATTERN, (_, i: string) => restore(kept[Number(i)] ?? ""));
  return restore(marked);
}

const cells = (row: string): string[] =>
  row
    .trim()
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replace(/\\\|/g, "|"));

function renderTable(rows: string[]): string {
  const [head = "", , ...body] = rows;
  const row = (text: string, tag: string) =>
    `<tr>${cells(text)
      .map((cell) => `<${tag}>${renderInline(cell)}</${tag}>`)
      .join("")}</tr>`;
  return `<table><thead>${row(head, "th")}</thead><tbody>${body.map((text) => row(text, "td")).join("")}</tbody></table>`;
}

const BULLET = /^(\s*)(?:[-*+]|\d+[.)])\s+(.*)$/;

function renderList(lines: string[]): string {
  const first = BULLET.exec(lines[0] ?? "");
  const indent = first?.[1]?.length ?? 0;
  const tag = /^\s*\d/.test(lines[0] ?? "") ? "ol" : "ul";
  const items: string[][] = [];
  for (const line of lines) {
    const bullet = BULLET.exec(line);
    if (bullet && (bullet[1]?.length ?? 0) <= indent) items.push([bullet[2] ?? ""]);
    else items.at(-1)?.push(line);
  }
  const item = ([head = "", ...rest]: string[]): string => {
    const task = /^\[([ xX])\]\s+(.*)$/.exec(head);
    const box = task ? `<input type="checkbox" disabled${task[1] === " " ? "" : " checked"} aria-label="task"> ` : "";
    return `<li>${box}${renderInline(task?.[2] ?? head)}${rest.length > 0 ? renderMarkdown(dedent(rest)) : ""}</li>`;
  };
  return `<${tag}>${items.map(item).join("")}</${tag}>`;
}

function dedent(lines: string[]): string {
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^\s*/.exec(line)?.[0].length ?? 0);
  const least = Math.min(...indents, 8);
  return lines.map((line) => line.slice(least)).join("\n");
}

/** Reads lines from `start` while `test` holds and answers where they end. */
function endOf(lines: string[], start: number, test: (line: string) => boolean): number {
  let end = start;
  while (end < lines.length && test(lines[end] ?? "")) end += 1;
  return end;
}

interface Block {
  html: string;
  end: number;
}

function fence(lines: string[], at: number): Block | null {
  const open = /^(\s*)(`{3,}|~{3,})\s*([\w+-]*)/.exec(lines[at] ?? "");
  if (!open) return null;
  const mark = open[2] ?? "```";
  const end = endOf(lines, at + 1, (line) => !line.trim().startsWith(mark));
  const code = lines.slice(at + 1, end).join("\n");
  return {
    html: `<pre><code class="language-${escapeHtml(open[3] ?? "")}">${escapeHtml(code)}</code></pre>`,
    end: end + 1,
  };
}

function details(lines: string[], at: number): Block | null {
  const line = lines[at] ?? "";
  if (/^\s*<\/?details(?: open)?>\s*$/i.test(line))
    return { html: line.includes("/") ? "</div></details>" : "<details><div>", end: at + 1 };
  const summary = /^\s*(<details(?: open)?>)?\s*<summary>(.*?)<\/summary>\s*$/i.exec(line);
  if (!summary) return null;
  const text = renderInline((summary[2] ?? "").replace(/<\/?(b|strong|code)>/gi, ""));
  return { html: `${summary[1] ? "<details><div>" : ""}</div><summary>${text}</summary><div>`, end: at + 1 };
}

function structure(lines: string[], at: number): Block | null {
  const line = lines[at] ?? "";
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    const level = Math.min((heading[1]?.length ?? 1) + 1, 6);
    return { html: `<h${level}>${renderInline(heading[2] ?? "")}</h${level}>`, end: at + 1 };
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) return { html: "<hr>", end: at + 1 };
  if (line.startsWith(">")) {
    const end = endOf(lines, at, (one) => one.startsWith(">"));
    const inner = lines
      .slice(at, end)
      .map((one) => one.replace(/^>\s?/, ""))
      .join("\n");
    return { html: `<blockquote>${renderMarkdown(inner)}</blockquote>`, end };
  }
  if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? "")) {
    const end = endOf(lines, at, (one) => one.includes("|"));
    return { html: renderTable(lines.slice(at, end)), end };
  }
  if (!BULLET.test(line)) return null;
  const end = endOf(lines, at, (one) => BULLET.test(one) || /^\s{2,}\S/.test(one));
  return { html: renderList(lines.slice(at, end)), end };
}

const startsBlock = (lines: string[], at: number): boolean =>
  fence(lines, at) !== null || details(lines, at) !== null || structure(lines, at) !== null;

/** Markdown as HTML that is safe to show whoever wrote it. */
export function renderMarkdown(text: string): string {
  const lines = text
    .replace(/<!--[\s\S]*?(-->|$)/g, "")
    .replace(/\r\n?/g, "\n")
    .split("\n");
  const out: string[] = [];
  for (let at = 0; at < lines.length; ) {
    if ((lines[at] ?? "").trim() === "") {
      at += 1;
      continue;
    }
    const block = fence(lines, at) ?? details(lines, at) ?? structure(lines, at);
    if (block) {
      out.push(block.html);
      at = block.end;
      continue;
    }
    let end = at + 1;
    while (end < lines.length && (lines[end] ?? "").trim() !== "" && !startsBlock(lines, end)) end += 1;
    out.push(`<p>${lines.slice(at, end).map(renderInline).join("<br>")}</p>`);
    at = end;
  }
  return balanceDetails(out.join("\n"));
}

/** Unclosed or surplus <details> must not swallow or leave the page around them. */
function balanceDetails(html: string): string {
  let depth = 0;
  const parts = html.split(/(<details><div>|<\/div><\/details>)/).map((part) => {
    if (part === "<details><div>") depth += 1;
    else if (part === "</div></details>") {
      if (depth === 0) return "";
      depth -= 1;
    } else if (depth === 0) return part.replaceAll(/<\/div><summary>(.*?)<\/summary><div>/g, "<p>$1</p>");
    return part;
  });
  return `${parts.join("")}${"</div></details>".repeat(depth)}`.replaceAll(/<details><div>\s*<\/div>/g, "<details>");
}
