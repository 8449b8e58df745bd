import type { Finding, JudgedFile } from "./gate-model.ts";

interface Silencer {
  /** The line that must be an added one. */
  opens: RegExp;
  /** The whole, on the new side from that line on. */
  whole: RegExp;
  detail: string;
  isBroad: boolean;
}

const NOTHING = String.raw`(?:\s|;|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*`;

const SILENCERS: readonly Silencer[] = [
  {
    opens: /\bcatch\b/,
    whole: new RegExp(String.raw`^[^\n]*?\bcatch\s*(?:\([^)\n]*\)\s*)?(?:\w+\s*)?\{${NOTHING}\}`),
    detail: "an empty catch block swallows the error",
    isBroad: true,
  },
  {
    opens: /\.catch\s*\(/,
    whole: new RegExp(
      String.raw`^[^\n]*?\.catch\s*\(\s*(?:(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{${NOTHING}\}|undefined|null|void 0)|function\s*\(\w*\)\s*\{${NOTHING}\}|noop)\s*\)`,
    ),
    detail: "a rejected promise is swallowed",
    isBroad: true,
  },
  {
    opens: /\bexcept\b/,
    whole:
      /^\s*except\s*(?:\(?\s*(?:Exception|BaseException)\s*\)?\s*(?:as\s+\w+\s*)?)?:\s*(?:#[^\n]*)?\s*(?:#[^\n]*\n\s*)*(?:pass\b|\.\.\.)/,
    detail: "except: pass swallows every error",
    isBroad: true,
  },
  {
    opens: /\bexcept\b/,
    whole: /^\s*except\s+[^:\n]+:\s*(?:#[^\n]*)?\s*(?:#[^\n]*\n\s*)*(?:pass\b|\.\.\.)/,
    detail: "except … pass swallows the error",
    isBroad: false,
  },
  {
    opens: /\bsuppress\b/,
    whole: /^[^\n]*\bsuppress\s*\(\s*(?:Base)?Exception\s*\)/,
    detail: "every error is suppressed",
    isBroad: true,
  },
  {
    opens: /\brescue\b/,
    whole:
      /^[^\n]*\brescue\b(?:\s+nil\b|\s*(?:StandardError|Exception)?\s*(?:=>\s*\w+)?\s*(?:#[^\n]*)?\n\s*(?:#[^\n]*\n\s*)*(?:nil\s*\n\s*)?end\b)/,
    detail: "rescue without a word swallows the error",
    isBroad: true,
  },
  {
    opens: /\brecover\s*\(\)/,
    whole: /^[^\n]*(?:defer\s+func\s*\(\)\s*\{\s*(?:_\s*=\s*)?recover\(\)|^\s*(?:_\s*=\s*)?recover\(\)\s*$)/m,
    detail: "a panic is swallowed",
    isBroad: true,
  },
  {
    opens: /\bif\s+err\s*!=\s*nil/,
    whole: new RegExp(String.raw`^[^\n]*\bif\s+err\s*!=\s*nil\s*\{${NOTHING}\}`),
    detail: "an error is looked at and ignored",
    isBroad: true,
  },
  { opens: /\bon\s+Error\s+Resume\s+Next\b/i, whole: /^/, detail: "every error is passed by", isBroad: true },
];

/** Errors silenced instead of mended: refused in a bug fix, shown to a person elsewhere. In a test it makes a failure pass. */
export function decideSymptoms(files: JudgedFile[], isBugfix: boolean): Finding[] {
  return files
    .filter((file) => file.role === "source" || file.role === "test")
    .flatMap((file) => judge(file, isBugfix));
}

function judge(file: JudgedFile, isBugfix: boolean): Finding[] {
  const found = SILENCERS.find((silencer) => isIn(file, silencer));
  if (found === undefined) return [];
  const isRefused = isBugfix && found.isBroad && file.role === "source";
  return [
    { effect: isRefused ? "deny" : "require_approval", rule: "swallowed-error", path: file.path, detail: found.detail },
  ];
}

function isIn(file: JudgedFile, { opens, whole }: Silencer): boolean {
  return file.change.hunks.some((hunk) => {
    const lines = hunk.lines.filter((line) => line.op !== "-");
    const deleted = new Set(hunk.lines.filter((line) => line.op === "-").map((line) => line.text.trim()));
    return lines.some(({ op, text }, index) => {
      if (op !== "+" || text.length > 1000 || !opens.test(text) || deleted.has(text.trim())) return false;
      const from = lines
        .slice(index, index + 10)
        .map((line) => line.text)
        .join("\n");
      return whole.test(from);
    });
  });
}
