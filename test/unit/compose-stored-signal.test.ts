import { describe, expect, it } from "vitest";
import { composeStoredSignal } from "../../lib/intake/compose-stored-signal.ts";
import { type AlertSignal, alertSignalSchema, type Frame } from "../../lib/intake/model.ts";
import { readSentry } from "../../lib/intake/read-sentry.ts";
import { fixtureJson } from "../support/sign-delivery.ts";

function alertWith(frames: Frame[]): AlertSignal {
  const read = readSentry(new Headers(), fixtureJson("sentry/event_alert.triggered.json"));
  if (read.outcome !== "accepted" || read.signal.kind !== "alert" || read.signal.event === null)
    throw new Error("no alert");
  return { ...read.signal, event: { ...read.signal.event, frames } };
}

const frame = (line: number, inApp: boolean | null): Frame => ({
  filename: `/srv/file-${line}.js`,
  absPath: `/srv/file-${line}.js`,
  module: null,
  function: "f",
  line,
  column: 1,
  inApp,
  contextLine: "const x = y;",
});

const linesOf = (signal: ReturnType<typeof composeStoredSignal>) =>
  signal?.kind === "alert" ? (signal.event?.frames ?? []).map((one) => one.line) : [];
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe("a signal as it is stored", () => {
  it("is still one of its kind, and a short stack of the application is kept as it is", () => {
    const alert = alertWith([{ ...frame(1, true), absPath: "/other/file-1.js" }, frame(2, null)]);
    const stored = composeStoredSignal(alert, { withExcerpt: true });
    expect(alertSignalSchema.parse(stored)).toEqual(stored);
    expect(stored).toEqual({
      ...alert,
      event: { ...alert.event, frames: [alert.event?.frames[0], { ...frame(2, null), absPath: null }] },
    });
  });

  it("keeps the last 20 frames of the application and the last 6 of libraries, in their order", () => {
    const frames = range(0, 50).map((line) => frame(line, line % 2 === 0));
    const kept = linesOf(composeStoredSignal(alertWith(frames), { withExcerpt: true }));
    expect(kept).toEqual([...range(10, 50).filter((line) => line % 2 === 0 || line >= 39)]);
  });

  it("keeps of a library's frame no source line, and of no frame the same path twice", () => {
    const stored = composeStoredSignal(alertWith([frame(1, false), frame(2, true)]), { withExcerpt: true });
    expect(stored?.kind === "alert" && stored.event?.frames).toEqual([
      { ...frame(1, false), absPath: null, contextLine: null },
      { ...frame(2, true), absPath: null },
    ]);
  });

  it("without its excerpt has no event, and is otherwise the same", () => {
    const alert = alertWith([frame(1, true)]);
    expect(composeStoredSignal(alert, { withExcerpt: false })).toEqual({ ...alert, event: null });
  });

  it("of another kind, or none, is left alone", () => {
    const status = { kind: "issue_status", issueId: "1", status: "resolved", by: null } as const;
    expect(composeStoredSignal(status, { withExcerpt: false })).toBe(status);
    expect(composeStoredSignal(null, { withExcerpt: true })).toBeNull();
  });
});
