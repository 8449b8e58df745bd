/** More names than this make a signature no more particular. */
const MAX_TOKENS = 40;

interface NamedFrame {
  filename: string | null;
  function: string | null;
}

/**
 * The names by which an error is found again: its type, and of its innermost in-app frames the function and the last two
 * parts of the path. Lower case, no numbers that change from release to release.
 */
export function tokensOf(event: {
  errorType: string | null;
  frames: readonly (NamedFrame & { inApp: boolean | null })[];
}): string[] {
  const inApp = event.frames.filter((frame) => frame.inApp !== false);
  const frames = (inApp.length > 0 ? inApp : event.frames).slice(-10).reverse();
  const names = frames.flatMap((frame) => [frame.function, shortPath(frame.filename)]);
  const all = [event.errorType, ...names].filter((name): name is string => Boolean(name));
  const clean = all.map((name) => withoutNumbers(name));
  return [...new Set(clean)].filter((name) => name.length > 2 && name !== "<anonymous>").slice(0, MAX_TOKENS);
}

/** A frame as people name it, function and file, without what changes from release to release; null where it says neither. */
export function placeOf(frame: NamedFrame): string | null {
  const path = shortPath(frame.filename);
  if (path === null && !frame.function) return null;
  return withoutNumbers([frame.function, path && `(${path})`].filter(Boolean).join(" "), false);
}

function withoutNumbers(name: string, isLower = true): string {
  return (isLower ? name.toLowerCase() : name).replace(/[0-9a-f]{8,}|\d+/gi, "#");
}

function shortPath(filename: string | null): string | null {
  return filename === null ? null : filename.split(/[\\/]/).slice(-2).join("/");
}
