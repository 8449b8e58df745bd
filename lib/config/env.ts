/** The one place that reads the process environment. An empty variable is an unset one. */
export function readEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter((entry): entry is [string, string] => Boolean(entry[1]?.trim()));
  return Object.fromEntries(entries);
}
