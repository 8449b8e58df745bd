import { describe, expect, it } from "vitest";
import {
  STAGES,
  type Stage,
  stageIncludes,
  WRITE_STAGES,
  type WriteKind,
  type WritePermit,
} from "../../lib/kernel/write.ts";
import { assertPermit, createOutbound } from "../../lib/runtime/outbound.ts";

const KINDS = Object.keys(WRITE_STAGES) as WriteKind[];

const open = { stopped: false, reason: null };
const outboundOf = (changes: { dryRun?: boolean; stage?: Stage; stopped?: boolean; reason?: string } = {}) =>
  createOutbound({
    dryRun: changes.dryRun ?? false,
    stage: changes.stage ?? "autofix",
    isStopped: async () => (changes.stopped ? { stopped: true, reason: changes.reason ?? null } : open),
  });

const write = async () => "written";

describe("the choke point", () => {
  it("lets every kind of write through that its stage includes, and holds every other", async () => {
    for (const stage of STAGES) {
      for (const kind of KINDS) {
        const result = await outboundOf({ stage }).write(kind, write);
        const isIncluded = stageIncludes(stage, WRITE_STAGES[kind]);
        expect([stage, kind, result.held]).toEqual([stage, kind, !isIncluded]);
      }
    }
  });

  it("at the first stage writes nothing at all", async () => {
    for (const kind of KINDS) expect((await outboundOf({ stage: "observe" }).whyHeld(kind))?.reason).toBe("stage");
  });

  it.each<[string, Parameters<typeof outboundOf>[0], string, string]>([
    ["DRY_RUN", { dryRun: true }, "dry_run", "DRY_RUN is on"],
    ["the kill switch", { stopped: true }, "stopped", "the kill switch is on"],
    [
      "the kill switch with a reason",
      { stopped: true, reason: "incident call" },
      "stopped",
      "the kill switch is on: incident call",
    ],
    [
      "the kill switch before DRY_RUN",
      { stopped: true, dryRun: true, stage: "observe" },
      "stopped",
      "the kill switch is on",
    ],
    ["DRY_RUN before STAGE", { dryRun: true, stage: "observe" }, "dry_run", "DRY_RUN is on"],
    ["STAGE", { stage: "triage" }, "stage", "STAGE is triage, and this needs repair"],
  ])("%s holds a write and says why", async (_, settings, reason, detail) => {
    let isCalled = false;
    const result = await outboundOf(settings).write("github.commit", async () => {
      isCalled = true;
    });
    expect({ result, isCalled }).toEqual({
      result: { held: true, kind: "github.commit", reason, detail },
      isCalled: false,
    });
  });

  it("asks for the kill switch anew for every write", async () => {
    let stopped = false;
    const outbound = createOutbound({
      dryRun: false,
      stage: "autofix",
      isStopped: async () => ({ stopped, reason: null }),
    });
    expect((await outbound.write("github.issue", write)).held).toBe(false);
    stopped = true;
    expect((await outbound.write("github.issue", write)).held).toBe(true);
  });

  it("holds nothing and passes its error on when the kill switch cannot be read: no write is made", async () => {
    const outbound = createOutbound({
      dryRun: false,
      stage: "autofix",
      isStopped: async () => {
        throw new Error("database away");
      },
    });
    let isCalled = false;
    const attempt = outbound.write("github.issue", async () => {
      isCalled = true;
    });
    await expect(attempt).rejects.toThrow("database away");
    expect(isCalled).toBe(false);
  });
});

describe("a permit", () => {
  const refusal = expect.objectContaining({ code: "write_not_permitted", retry: "never" });
  const faultOf = (permit: WritePermit, kind: WriteKind): unknown => {
    try {
      assertPermit(permit, kind);
      return null;
    } catch (error) {
      return error;
    }
  };

  it("is good for its own kind, while its write runs", async () => {
    await outboundOf().write("github.comment", async (permit) => {
      expect(faultOf(permit, "github.comment")).toBeNull();
      for (const kind of KINDS.filter((one) => one !== "github.comment"))
        expect(faultOf(permit, kind)).toEqual(refusal);
    });
  });

  it("kept for later is worth nothing, whether its write succeeded or failed", async () => {
    const kept: WritePermit[] = [];
    await outboundOf().write("github.issue", async (permit) => kept.push(permit));
    const failed = outboundOf().write("github.issue", async (permit) => {
      kept.push(permit);
      throw new Error("refused there");
    });
    await expect(failed).rejects.toThrow("refused there");
    expect(kept.map((permit) => faultOf(permit, "github.issue"))).toEqual([refusal, refusal]);
  });

  it("of somebody's own making is worth nothing, even as a copy of a good one", async () => {
    expect(faultOf({ kind: "github.issue", assert() {} }, "github.issue")).toEqual(refusal);
    await outboundOf().write("github.issue", async (permit) => {
      expect(faultOf({ ...permit }, "github.issue")).toEqual(refusal);
      expect(() => Object.assign(permit, { kind: "github.commit" })).toThrow(TypeError);
    });
  });
});
