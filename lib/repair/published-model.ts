import type { HeldWrite } from "../kernel/write.ts";

/** What publishing made; `held` when the choke point let one of its writes not pass. */
export type Published =
  | { held: HeldWrite }
  | {
      held: null;
      branch: string;
      commit: { sha: string; url: string; isVerified: boolean };
      pullRequest: { number: number; url: string; isDraft: boolean };
    };
