import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FAULT_NAMES, openWorlds, playCell, STEPS, type Worlds } from "./matrix.ts";

let worlds: Worlds;
beforeAll(async () => {
  worlds = await openWorlds();
});
afterAll(() => worlds?.close());

describe.each(FAULT_NAMES)("%s, at any step", (fault) => {
  it("loses no alert and doubles no effect, and production is proved to have recovered", {
    timeout: 240_000,
  }, async () => {
    for (const step of STEPS) {
      const { isMet, lost, doubled, state } = await playCell(worlds, fault, step);
      expect({ step, isMet, lost, doubled, state }).toEqual({
        step,
        isMet: true,
        lost: 0,
        doubled: 0,
        state: "recovered",
      });
    }
  });
});
