import type { EventExcerpt } from "../intake/model.ts";

/** More names than this make a signature no more particular. */
const MAX_TOKENS = 40;

/**
 * The names by which an error is found again: its type, and of its innermost in-app frames the function and the last two
 * parts of the path. Lower case, no numbers that change from release to release.
 */
export function tokensOf(event: EventExcerpt): string[] {
  const inApp = event.frames.filter((frame) => frame.inApp !== false);
  const frames = (inApp.length > 0 ? inApp : event.frames).slice(-10).reverse();
  const names = frames.flatMap((frame) => [frame.function, shortPath(frame.filename)]);
  const all = [event.errorType, ...names].filter((name): name is string => Boolean(name));
  const clean = all.map((name) => name.toLowerCase().replace(/[0-9a-f]{8,}|\d+/g, "#"));
  return [...new Set(clean)].filter((name) => name.length > 2 && name !== "<anonymous>").slice(0, MAX_TOKENS);
}

function shortPath(filename: string | null): string | null {
  return filename === null ? null : filename.split(/[\\/]/).slice(-2).join("/");
}
