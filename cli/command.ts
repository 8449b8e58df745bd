/** What a command answers: 0 done, 1 found something wrong. Wrong use is thrown as `UsageError` and ends with 2. */
export type ExitCode = 0 | 1;

export interface Command {
  name: string;
  /** One line for the list of commands. */
  summary: string;
  usage: string;
  run(args: string[]): Promise<ExitCode>;
}

/** The command was called in a way that it does not know. */
export class UsageError extends Error {}

/** Prints `value` as one JSON document, or as the lines that `render` makes of it. */
export function print<T>(value: T, asJson: boolean, render: (value: T) => string): void {
  console.log(asJson ? JSON.stringify(value, null, 2) : render(value));
}
