import type { Frame } from "./model.ts";
import { textOf } from "./read-fields.ts";

/** The stack in an issue's text, and the error's own line above it. */
export interface StackText {
  /** Sentry's order, the crash frame last. */
  frames: Frame[];
  /** Whether Sentry's line on frames that it left out is there. */
  isCut: boolean;
  errorType: string | null;
  errorMessage: string | null;
}

interface Block {
  frames: Frame[];
  header: string[];
  /** Where the line on left-out frames stood; it stands at the stack's old end. */
  cut: "before" | "after" | null;
}

/** Sentry cuts at 5 frames for each exception; people paste. */
const MAX_FRAMES = 50;
const MAX_HEADER_LINES = 40;
/** A line of one minified file; what is longer is no frame. */
const MAX_LINE = 2_000;
/** What templates and the JVM print where there is no name. */
const NO_NAMES = new Set(["None", "?", "Unknown Source", "Native Method"]);
const CUT = /^\(\d{1,6} additional frame\(s\) were not displayed\)$/;

/**
 * Reads the text that Sentry's `Exception.to_string` makes: for each exception of a chain `Type: value` (the value may
 * have many lines), then its frames in the words of the platform's template. Of a chain the last exception with a stack
 * counts, as in events.
 *
 * Frames come newest first, for Python oldest first, unless the reader's setting says otherwise
 * (`is_newest_frame_first`); where Sentry left frames out, its line on that stands at the old end and settles it.
 */
export function readIssueFrames(text: string): StackText {
  const blocks = readBlocks(text);
  const stack = blocks.findLast((block) => block.frames.length > 0);
  const header = (stack ?? blocks[0])?.header ?? [];
  const [, type = null, value = null] = /^([A-Za-z_$][\w.$]{0,199}): (.*)$/.exec(header[0] ?? "") ?? [];
  const rest = [value ?? header[0] ?? "", ...header.slice(1)].join("\n").trim();
  const cut = blocks.findLast((block) => block.cut !== null)?.cut ?? null;
  const frames = stack?.frames ?? [];
  const isOldestFirst = cut === null ? isPython(frames) : cut === "before";
  return {
    frames: isOldestFirst ? frames : frames.toReversed(),
    isCut: cut !== null,
    errorType: textOf(type, 200),
    errorMessage: textOf(rest, 2_000),
  };
}

function readBlocks(text: string): Block[] {
  let block: Block = { frames: [], header: [], cut: null };
  const blocks = [block];
  const open = () => {
    block = { frames: [], header: [], cut: null };
    blocks.push(block);
  };
  let isAfterFrame = false;
  for (const line of text.split("\n")) {
    const frame = line.length <= MAX_LINE ? readFrameLine(line) : null;
    if (frame !== null) {
      // A chain's next stack may follow the line on the last one's left-out frames without a word between.
      if (block.cut === "after") open();
      if (block.frames.length < MAX_FRAMES) block.frames.push(frame);
    } else if (isAfterFrame && /^ {4}\S/.test(line)) {
      const last = block.frames.at(-1);
      if (last) last.contextLine = textOf(line.trim(), 300);
    } else if (CUT.test(line)) {
      block.cut = block.frames.length > 0 ? "after" : "before";
    } else if (line !== "..." && line.trim() !== "") {
      if (block.frames.length > 0) open();
      if (block.header.length < MAX_HEADER_LINES) block.header.push(line);
    }
    isAfterFrame = frame !== null;
  }
  return blocks;
}

function isPython(frames: readonly Frame[]): boolean {
  return frames.length > 0 && frames.every(({ filename }) => /\.(?:py|pyx|pyi)$/.test(filename ?? ""));
}

/** getsentry/sentry `templates/sentry/partial/frames/*.txt`; the indentation tells them from text inside a message. */
function readFrameLine(line: string): Frame | null {
  return readDefaultFrame(line) ?? readJavaScriptFrame(line) ?? readJavaFrame(line) ?? readRubyFrame(line);
}

/** default.txt: `  File "path", line N, in fn`; `Module "m"` or `?` in the file's place. Python, Swift, Go, PHP and most others. */
function readDefaultFrame(line: string): Frame | null {
  const match = /^ {2}(?:File "([^"]+)"|Module "([^"]+)"|(\?))(?:, line (\d{1,9}))?(?:, in (.+))?$/.exec(line);
  if (match === null || (match[3] !== undefined && match[5] === undefined)) return null;
  return frameOf({ filename: match[1], module: match[2], line: match[4], function: match[5] });
}

/** javascript.txt: `  at fn (file:line:col)`; a function without a name is `?`, of old `None`. */
function readJavaScriptFrame(line: string): Frame | null {
  const match = line.endsWith(")") ? /^ {2}at (\S.*?) \((.+)\)$/.exec(line) : null;
  if (match === null) return null;
  const place = /^(.*?[^:\d].*?)(?::(\d{1,9}))?(?::(\d{1,9}))?$/.exec(match[2] ?? "");
  return frameOf({ filename: place?.[1], line: place?.[2], column: place?.[3], function: match[1] });
}

/** java.txt: `    at package.Class.method(File.kt:N)`; one version of it forgot the closing bracket. */
function readJavaFrame(line: string): Frame | null {
  const match = /^ {4}at (\S+)\.([^.(\s]+)\(([^():]*)(?::(-?\d{1,9}))?\)?$/.exec(line);
  if (match === null) return null;
  return frameOf({ module: match[1], function: match[2], filename: match[3], line: match[4] });
}

/** ruby.txt: ``  path:N:in `fn'``. */
function readRubyFrame(line: string): Frame | null {
  const match = /^ {2}([^\s:][^:]*)(?::(\d{1,9}))?:in [`'](.+)'$/.exec(line);
  return match === null ? null : frameOf({ filename: match[1], line: match[2], function: match[3] });
}

function frameOf(
  words: Partial<Record<"filename" | "module" | "function" | "line" | "column", string | undefined>>,
): Frame {
  const name = (word: string | undefined, max: number) =>
    word === undefined || NO_NAMES.has(word) ? null : textOf(word.trim(), max);
  const count = (digits: string | undefined) => (digits === undefined || Number(digits) < 0 ? null : Number(digits));
  return {
    filename: name(words.filename, 500),
    absPath: null,
    module: name(words.module, 300),
    function: name(words.function, 300),
    line: count(words.line),
    column: count(words.column),
    inApp: null,
    contextLine: null,
  };
}
