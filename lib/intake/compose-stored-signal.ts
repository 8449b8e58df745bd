import type { AlertSignal, Frame, Signal } from "./model.ts";

/** Frames of the application are what a suspect is found by; of a library's, the nearest to the crash say how it came. */
const MAX_OWN_FRAMES = 20;
const MAX_LIBRARY_FRAMES = 6;

/**
 * A signal as it is stored: what a later look at the alert needs, and not what would be most of the bytes of a storm. Of
 * the stack the last frames of the application and of its libraries, libraries without their source lines.
 * `withExcerpt: false` leaves the whole event out, for an alert that tells nothing new.
 */
export function composeStoredSignal(signal: Signal | null, { withExcerpt }: { withExcerpt: boolean }): Signal | null {
  if (signal?.kind !== "alert" || signal.event === null) return signal;
  return withExcerpt
    ? { ...signal, event: { ...signal.event, frames: keptFrames(signal.event) } }
    : { ...signal, event: null };
}

function keptFrames({ frames }: NonNullable<AlertSignal["event"]>): Frame[] {
  const own = new Set(frames.filter((frame) => frame.inApp !== false).slice(-MAX_OWN_FRAMES));
  const library = new Set(frames.filter((frame) => frame.inApp === false).slice(-MAX_LIBRARY_FRAMES));
  return frames.filter((frame) => own.has(frame) || library.has(frame)).map(slimFrame);
}

function slimFrame(frame: Frame): Frame {
  const absPath = frame.absPath === frame.filename ? null : frame.absPath;
  return frame.inApp === false ? { ...frame, absPath, contextLine: null } : { ...frame, absPath };
}
