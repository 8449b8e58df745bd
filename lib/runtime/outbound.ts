import { AppError } from "../kernel/errors.ts";
import {
  type HeldWrite,
  type Stage,
  stageIncludes,
  WRITE_STAGES,
  type WriteKind,
  type WritePermit,
  type WriteResult,
} from "../kernel/write.ts";

export interface OutboundSettings {
  dryRun: boolean;
  stage: Stage;
  /** Reads the kill switch afresh: a stop must hold for the very next write. */
  isStopped(): Promise<{ stopped: boolean; reason: string | null }>;
}

/** The one way to write to the outside. */
export interface Outbound {
  /** Why a write of this kind would be held now, or null when it may be made. */
  whyHeld(kind: WriteKind): Promise<HeldWrite | null>;
  /** Runs `write` with a permit of this kind, or holds it and says why. */
  write<T>(kind: WriteKind, write: (permit: WritePermit) => Promise<T>): Promise<WriteResult<T>>;
}

const issued = new WeakSet<WritePermit>();

/**
 * Throws AppError `write_not_permitted` unless `permit` itself was issued by the choke point, for this kind of write, and
 * its write is still running. Adapters ask here and not the permit: an object of somebody's own making could answer for itself.
 */
export function assertPermit(permit: WritePermit, kind: WriteKind): void {
  if (!issued.has(permit) || permit.kind !== kind) {
    throw new AppError("write_not_permitted", `a write of kind ${kind} was tried without a permit for it`, {
      retry: "never",
      context: { wanted: kind },
    });
  }
}

function issuePermit(kind: WriteKind): WritePermit {
  const permit: WritePermit = Object.freeze({ kind, assert: (wanted: WriteKind) => assertPermit(permit, wanted) });
  issued.add(permit);
  return permit;
}

/**
 * The choke point for writes: kill switch first, then DRY_RUN, then STAGE. A permit lives only while its write runs,
 * so none can be kept for later.
 */
export function createOutbound(settings: OutboundSettings): Outbound {
  const whyHeld = async (kind: WriteKind): Promise<HeldWrite | null> => {
    const held = (reason: HeldWrite["reason"], detail: string): HeldWrite => ({ held: true, kind, reason, detail });
    const stop = await settings.isStopped();
    if (stop.stopped) return held("stopped", `the kill switch is on${stop.reason ? `: ${stop.reason}` : ""}`);
    if (settings.dryRun) return held("dry_run", "DRY_RUN is on");
    const need = WRITE_STAGES[kind];
    if (!stageIncludes(settings.stage, need))
      return held("stage", `STAGE is ${settings.stage}, and this needs ${need}`);
    return null;
  };
  return {
    whyHeld,
    async write(kind, write) {
      const held = await whyHeld(kind);
      if (held) return held;
      const permit = issuePermit(kind);
      try {
        return { held: false, value: await write(permit) };
      } finally {
        issued.delete(permit);
      }
    },
  };
}
