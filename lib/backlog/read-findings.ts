import * as z from "zod";
import type { Finding } from "./model.ts";

const MARK =
  /(?:^|\s)(?:\/\/+|#+|\/\*+|\*+|<!--|--|;+|%+|"""|''')\s*(TODO|FIXME)\b(?:\([^)]{0,60}\))?\s*[:\-–]?\s*(.*)$/;
const TRACKED = /#\d+\b|\/issues\/\d+\b|\b[A-Z][A-Z0-9]{1,9}-\d+\b/;
const SHORTEST_WORDS = 2;

/** TODO and FIXME marks in comments of a file that say what is to be done and name no issue. */
export function readMarks(path: string, text: string): Finding[] {
  return text.split("\n").flatMap((raw, index): Finding[] => {
    const [, kind, rest = ""] = MARK.exec(raw.slice(0, 500)) ?? [];
    const said = rest.replace(/\s*(?:\*\/|-->)\s*$/, "").trim();
    if (kind === undefined || TRACKED.test(raw.slice(0, 500)) || said.split(/\s+/).length < SHORTEST_WORDS) return [];
    return [{ tool: kind.toLowerCase(), rule: kind.toLowerCase(), path, line: index + 1, text: said }];
  });
}

const eslintSchema = z.array(
  z.object({
    filePath: z.string(),
    messages: z.array(z.object({ ruleId: z.string().nullable(), line: z.number().optional(), message: z.string() })),
  }),
);
const ruffSchema = z.array(
  z.object({
    filename: z.string(),
    code: z.string().nullable(),
    location: z.object({ row: z.number() }),
    message: z.string(),
  }),
);

/**
 * What an analyser printed: `eslint -f json`, `ruff check --output-format json`, `tsc --pretty false`, or GitHub's
 * annotation lines (`biome --reporter=github` and many others). Null where it is none of these.
 */
export function readFindings(output: string): Finding[] | null {
  const json = parse(output);
  const eslint = eslintSchema.safeParse(json);
  if (eslint.success) {
    return eslint.data.flatMap(({ filePath, messages }) =>
      messages.map(({ ruleId, line, message }) => finding("eslint", ruleId ?? "parse", filePath, line ?? 1, message)),
    );
  }
  const ruff = ruffSchema.safeParse(json);
  if (ruff.success) {
    return ruff.data.map(({ filename, code, location, message }) =>
      finding("ruff", code ?? "syntax", filename, location.row, message),
    );
  }
  if (json !== undefined) return null;
  const lines = output.split(/\r?\n/).flatMap((line) => readTypeError(line) ?? readAnnotation(line) ?? []);
  return lines.length > 0 || output.trim() === "" ? lines : null;
}

function finding(tool: string, rule: string, path: string, line: number, text: string): Finding {
  return { tool, rule, path: path.replace(/\\/g, "/"), line: Math.max(1, line), text: text.trim() };
}

function readTypeError(line: string): Finding | null {
  const match = /^(.+?)\((\d+),\d+\): error (TS\d+): (.*)$/.exec(line);
  const [, path = "", row = "1", code = "", text = ""] = match ?? [];
  return match && finding("tsc", code, path, Number(row), text);
}

function readAnnotation(line: string): Finding | null {
  const match = /^::(?:error|warning) ([^:]*(?:::?[^:]+)*?)::(.*)$/.exec(line);
  if (match === null) return null;
  const properties = new Map(
    (match[1] ?? "").split(",").map((pair) => pair.split("=") as [string, string | undefined]),
  );
  const path = properties.get("file");
  const rule = properties.get("title") ?? "annotation";
  return path ? finding("annotation", rule, path, Number(properties.get("line") ?? 1), match[2] ?? "") : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
