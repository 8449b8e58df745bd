/** How far Patchpilot may go on its own; each stage includes the ones before it. */
export const STAGES = ["observe", "triage", "investigate", "repair", "autofix"] as const;
export type Stage = (typeof STAGES)[number];

/** Whether stage `have` includes stage `need`. */
export function stageIncludes(have: Stage, need: Stage): boolean {
  return STAGES.indexOf(have) >= STAGES.indexOf(need);
}

/** Every kind of write to the outside, with the stage it needs. An adapter can only write what is named here. */
export const WRITE_STAGES = {
  "github.issue": "triage",
  "github.comment": "triage",
  "github.label": "triage",
  "github.close-issue": "triage",
  "github.branch": "repair",
  "github.commit": "repair",
  "github.pull-request": "repair",
  "github.check-run": "repair",
  "github.review": "repair",
  "github.dispatch": "repair",
  "github.redelivery": "triage",
  "repair.run": "repair",
  "source.status": "repair",
  "vercel.rollback": "repair",
  "vercel.promote": "repair",
} as const satisfies Record<string, Stage>;
export type WriteKind = keyof typeof WRITE_STAGES;

/**
 * Leave to make one write of one kind. Only the choke point in `lib/runtime/outbound.ts` hands permits out, after
 * DRY_RUN, STAGE and the kill switch were asked; every writing method of every adapter demands one and checks its kind.
 */
export interface WritePermit {
  readonly kind: WriteKind;
  /** Throws when this permit was not issued by the choke point or is for another kind of write. */
  assert(kind: WriteKind): void;
}

/** Why a write was not made. */
export interface HeldWrite {
  held: true;
  kind: WriteKind;
  reason: "dry_run" | "stage" | "stopped";
  detail: string;
}

export type WriteResult<T> = { held: false; value: T } | HeldWrite;
