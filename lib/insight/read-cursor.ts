/** A cursor: where the next page of a list begins, opaque to the caller. The parts are ours and hold no `~`. */
export function renderCursor(parts: readonly string[]): string {
  return btoa(parts.join("~")).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The parts of one of our cursors, or null when `text` is none with that many parts. */
export function readCursor(text: string, count: number): string[] | null {
  if (!/^[\w-]{1,200}$/.test(text)) return null;
  try {
    const parts = atob(text.replaceAll("-", "+").replaceAll("_", "/")).split("~");
    return parts.length === count && parts.every((part) => part !== "") ? parts : null;
  } catch {
    return null;
  }
}
