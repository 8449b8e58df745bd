/** A part of our text, and the headings of a template that ask for it. */
export interface Section {
  title: string;
  fits: RegExp;
  text: string;
}

/** Where repositories keep the template of their pull requests (docs.github.com, "Creating a pull request template"). */
export const TEMPLATE_FILES = [
  ".github/pull_request_template.md",
  ".github/PULL_REQUEST_TEMPLATE.md",
  "pull_request_template.md",
  "PULL_REQUEST_TEMPLATE.md",
  "docs/pull_request_template.md",
  "docs/PULL_REQUEST_TEMPLATE.md",
] as const;

const MAX_TEMPLATE = 20_000;
const HEADING = /^(#{1,6})\s+(.+?)\s*#*\s*$/;

interface Part {
  heading: string | null;
  lines: string[];
}

function split(template: string): Part[] {
  const parts: Part[] = [{ heading: null, lines: [] }];
  for (const line of template.split(/\r?\n/)) {
    if (HEADING.test(line)) parts.push({ heading: line, lines: [] });
    else parts.at(-1)?.lines.push(line);
  }
  return parts;
}

const plain = (sections: readonly Section[]) => sections.map(({ title, text }) => `## ${title}\n\n${text}`);

/**
 * Our sections under the template's headings that ask for them, the rest of them after it. The template's words and boxes
 * stay, its remarks for authors go, and no box is ticked: a person answers those.
 */
export function composeInTemplate(template: string | null, sections: readonly Section[]): string {
  if (template === null || template.trim() === "" || template.length > MAX_TEMPLATE)
    return plain(sections).join("\n\n");
  const rest = [...sections];
  const parts = split(template.replace(/<!--[\s\S]*?-->/g, "")).map(({ heading, lines }) => {
    const own = lines
      .join("\n")
      .replace(/^(\s*[-*+]\s+)\[[xX]\]/gm, "$1[ ]")
      .trim();
    if (heading === null) return own;
    const at = /checklist/i.test(heading) ? -1 : rest.findIndex((section) => section.fits.test(heading));
    const [section] = at < 0 ? [] : rest.splice(at, 1);
    return [heading, section?.text ?? "", own].filter((text) => text !== "").join("\n\n");
  });
  return [...parts, ...plain(rest)].filter((text) => text !== "").join("\n\n");
}
