import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestPglite } from "../support/pglite.ts";
import { FAULTS, playCell, STEPS } from "./matrix.ts";

let database: Awaited<ReturnType<typeof openTestPglite>>;
beforeAll(async () => {
  database = await openTestPglite();
});
afterAll(() => database.close());

describe.each(Object.keys(FAULTS))("%s, at any step", (fault) => {
  it("loses no alert and doubles no effect, and production is proved to have recovered", {
    timeout: 240_000,
  }, async () => {
    for (const step of STEPS) {
      const { isMet, lost, doubled, state } = await playCell(database, fault, step);
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
