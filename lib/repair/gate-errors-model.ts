import type { CodePattern } from "./gate-patterns-model.ts";

/** A way to pass an error by, over up to ten lines. */
export interface Silencer {
  /** The line that must be an added one. */
  opens: RegExp;
  /** The whole, on the new side from that line on. */
  whole: RegExp;
  detail: string;
  /** Refused in a bug fix; otherwise a person is asked. */
  isBroad: boolean;
  /** Not meant where one of the lines before, or the first one, fits. */
  unless?: RegExp;
  files?: RegExp;
}

const NOTHING = String.raw`(?:\s|;|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*`;

/** What stands for "nothing went wrong" in the languages that the gate knows. */
const CONSTANT = String.raw`(?:null|undefined|void 0|nil|None|[tT]rue|[fF]alse|-?\d+(?:\.\d+)?|""|''|\`\`|\[[^[\]()\n]*\]|\{[^{}()\n]*\}|\(\s*\)|Optional\.empty\(\)|Collections\.empty\w+\(\)|(?:List|Map|Set)\.of\(\)|empty\w+\(\))`;
/** Asking whether a text can be read is done by trying, in most languages. */
const PARSING =
  /JSON\.parse|new URL\(|decodeURI|\batob\(|BigInt\(|new RegExp\(|new Intl|parse\w*\(|json\.loads|fromisoformat|strptime|\b(?:int|float|Decimal|UUID)\(|parse(?:Int|Long|Double)|valueOf\(|\.access(?:Sync)?\(|\.stat(?:Sync)?\(/;

export const SILENCERS: readonly Silencer[] = [
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
  {
    opens: /\bcatch\b/,
    whole: new RegExp(
      String.raw`^[^\n]*?\bcatch\s*(?:\([^)\n]*\)\s*)?(?:\w+\s*)?\{${NOTHING}(?:return(?:\s+${CONSTANT})?|continue|break|${CONSTANT})\s*;?${NOTHING}\}`,
    ),
    detail: "any error at all is caught and answered with a constant",
    isBroad: false,
    unless: PARSING,
  },
  {
    opens: /\.catch\s*\(/,
    whole: new RegExp(String.raw`^[^\n]*?\.catch\s*\(\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*\(?\s*${CONSTANT}\s*\)?\s*\)`),
    detail: "any rejection is answered with a constant",
    isBroad: false,
  },
  {
    opens: /\bexcept\b/,
    whole: new RegExp(
      String.raw`^\s*except\s*(?:\(?\s*(?:Exception|BaseException|AttributeError|TypeError|NameError)(?:\s*,\s*\w+)*\s*\)?\s*(?:as\s+\w+\s*)?)?:\s*(?:#[^\n]*)?\s*(?:#[^\n]*\n\s*)*(?:return(?:[ \t]+(?:${CONSTANT}|(?:set|list|dict)\(\)))?|continue|break)[ \t]*(?:\n|$)`,
    ),
    detail: "any error at all is caught and answered with a constant",
    isBroad: false,
    unless: new RegExp(String.raw`except[^\n]*ValueError|${PARSING.source}`),
  },
  {
    opens: /\brescue\b/,
    whole: new RegExp(
      String.raw`^[^\n]*\brescue\b\s*(?:StandardError|Exception|NoMethodError|TypeError)?\s*(?:=>\s*\w+)?\s*(?:#[^\n]*)?\n\s*(?:#[^\n]*\n\s*)*(?:(?:return\s+)?${CONSTANT}|next|return)\s*\n\s*end\b`,
    ),
    detail: "any error at all is rescued and answered with a constant",
    isBroad: false,
    unless: PARSING,
  },
  {
    opens: /\bcatch\b|\brescue\b/,
    whole:
      /^[^\n]*(?:\bcatch\s*\(\s*(?:final\s+)?(?:\w+\s*:\s*)?(?:NullPointerException|NullReferenceException|ClassCastException|(?:Array|String)?IndexOutOf\w+Exception)\b|\brescue\s+NoMethodError\b)/,
    detail: "the program's own mistake is caught instead of mended",
    isBroad: false,
  },
  {
    opens: /\bif\s+err\s*!=\s*nil/,
    whole: new RegExp(
      String.raw`^[^\n]*\bif\s+err\s*!=\s*nil\s*\{${NOTHING}(?:continue|return(?:[ \t]+(?:${CONSTANT}[ \t]*,[ \t]*)*nil)?)[ \t]*${NOTHING}\}`,
    ),
    detail: "an error is answered as if there was none",
    isBroad: false,
  },
  {
    opens: /\brecover\s*\(\)/,
    whole: new RegExp(String.raw`^[^\n]*\brecover\(\)\s*;[^\n{]*\{${NOTHING}\}`),
    detail: "a panic is swallowed",
    isBroad: true,
  },
  {
    opens: /\brunCatching\b/,
    whole: /^[^\n]*\brunCatching\b[\s\S]*\}\s*\.(?:getOrNull|getOrDefault|getOrElse)/,
    detail: "any error at all is caught and answered with a constant",
    isBroad: false,
  },
  {
    opens: /\bcase\b|->/,
    whole:
      /^\s*(?:case\s+(?:_|NonFatal\(_\)|\w+\s*:\s*(?:Throwable|Exception))\s*=>\s*(?:\(\)|None|null|Nil)|_\s*->\s*(?:nil|:ok))\s*$/m,
    detail: "any error at all is answered with a constant",
    isBroad: false,
    files: /\.(?:scala|exs?)$/i,
  },
  {
    opens: /\bcatch\b/,
    whole: new RegExp(
      String.raw`^[^\n]*?\bcatch\s*(?:\([^)\n]*\)\s*)?(?:\w+\s*)?\{${NOTHING}(?:console\.(?:log|debug|info)\([^\n]*\)|\w+\.printStackTrace\(\)|print(?:ln)?\([^\n]*\)|System\.\w+\.print\w*\([^\n]*\))\s*;?${NOTHING}(?:return(?:\s+${CONSTANT})?\s*;?${NOTHING})?\}`,
    ),
    detail: "the error is printed and forgotten",
    isBroad: false,
    unless: PARSING,
  },
  {
    opens: /\bexcept\b/,
    whole: new RegExp(
      String.raw`^\s*except\s*(?:\(?\s*(?:Base)?Exception\s*\)?\s*(?:as\s+\w+\s*)?)?:\s*print\([^\n]*\)\s*(?:pass|continue|return(?:[ \t]+${CONSTANT})?)?[ \t]*(?:\n|$)`,
    ),
    detail: "the error is printed and forgotten",
    isBroad: false,
    unless: PARSING,
  },
];

/** Errors that no one hears of any more. */
export const ERROR_PATTERNS: readonly CodePattern[] = [
  {
    rule: "swallowed-error",
    effect: "require_approval",
    where: "source",
    pattern:
      /\.on(?:ce)?\s*\(\s*['"`](?:uncaughtException|unhandledRejection)['"`]|(?:window|globalThis|self)\.on(?:error|unhandledrejection)\s*=(?!=)|\bsys\.excepthook\s*=|setDefaultUncaughtExceptionHandler|\bset_(?:error|exception)_handler\s*\(|\berror_reporting\s*\(\s*0|\bcatch_unwind\b|panic::set_hook|display_errors/,
    detail: "errors of the whole program are caught in one place",
  },
  {
    rule: "swallowed-error",
    effect: "require_approval",
    where: "source",
    pattern: /(?:^|[=(,;!\s])@\$?\w+(?:::\w+)?\s*(?:\(|->|\[)/,
    files: /\.php$/i,
    detail: "PHP's @ silences every error of the call",
  },
  {
    rule: "error-reporting",
    effect: "require_approval",
    where: "source",
    pattern:
      /\bignore_?(?:Errors|d?_?exceptions|dExceptions|dErrors|Exceptions|_errors)\b|\bdenyUrls\b|\bbefore_?[sS]end\b|\bexcluded_exceptions\b|\b(?:sampleRate|sample_rate)['"]?\s*[:=]\s*0(?:\.0+)?\b|\bSentry\.close\s*\(/,
    detail: "what is reported of errors is filtered",
  },
];

/** Calls that tell people of an error. */
export const REPORTING =
  /\bcapture_?(?:exception|Exception|message|Message|Error)\b|\bBugsnag\.notify|\bRollbar\.(?:error|warning)|\bHoneybadger\.notify|\bnoticeError\b|\b(?:log(?:ger|ging)?|console|Log|Rails\.logger|slog)\.(?:error|exception|fatal|critical|Error|Fatal)\w*\s*\(|\btracing::error!/;
