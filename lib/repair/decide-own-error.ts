/** What the new test's failure on the broken code shows. */
export type TestFailure =
  /** It failed with the incident's own error. */
  | "own_error"
  /** It failed in a way of its own (an assertion): it may show the error's effect. */
  | "other_failure"
  /** It did not get as far as the broken code: it, or what it imports, could not be loaded there. */
  | "not_loaded"
  /** There is no error, or no output, to compare. */
  | "unknown";

export interface TestFailureFacts {
  errorType: string | null;
  errorMessage: string | null;
  output: string;
}

/**
 * Failures of loading: a test that imports what only the patch brings fails on the base for no other reason, and shows
 * nothing. By their names in Node, TypeScript's and Vite's loaders, Python, Go and Ruby.
 */
const NOT_LOADED =
  /\bERR_MODULE_NOT_FOUND\b|\bCannot find module\b|does not provide an export named|Failed to resolve import|\bSyntaxError\b|\bModuleNotFoundError\b|\bImportError\b|\bcannot load such file\b|\[build failed\]|\bno test files found\b/i;
/** Parts of a message that differ from call to call: numbers, ids, quoted values. */
const VARYING = /"[^"]*"|'[^']*'|`[^`]*`|\b[0-9a-f]{8,}\b|\d+/gi;
const SHORTEST_PART = 8;

/** Whether the new test failed on the broken code with the incident's own error. */
export function decideTestFailure({ errorType, errorMessage, output }: TestFailureFacts): TestFailure {
  if ((!errorType && !errorMessage) || output.trim() === "") return "unknown";
  if (hasOwnError(errorType, errorMessage, output)) return "own_error";
  return NOT_LOADED.test(output) ? "not_loaded" : "other_failure";
}

function hasOwnError(errorType: string | null, errorMessage: string | null, output: string): boolean {
  const message = errorMessage?.split("\n")[0]?.trim() ?? "";
  if (message === "") return errorType !== null && output.includes(errorType);
  if (output.includes(message)) return true;
  // What is left of the message without its values has to be there, in order, in one line.
  const parts = message.split(VARYING).map((part) => part.trim());
  const known = parts.filter((part) => part.length >= SHORTEST_PART);
  if (known.length === 0) return false;
  return output.split("\n").some((line) => {
    let from = 0;
    return known.every((part) => {
      const at = line.indexOf(part, from);
      from = at + part.length;
      return at >= 0;
    });
  });
}
