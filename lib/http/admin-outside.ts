import type { Control } from "../control/index.ts";
import type { Insight } from "../insight/index.ts";
import type { Stage } from "../kernel/write.ts";
import type { GapReport } from "../reconcile/model.ts";
import type { Context } from "../runtime/context.ts";

/**
 * Who may come in. `token`: with the admin token, as a bearer or by logging in. `closed`: nobody, because no token is set.
 * `open`: everybody who reaches it by the name of this machine itself; only ever for the demo world.
 */
export type AdminAuth =
  | { mode: "open" }
  | { mode: "closed" }
  | { mode: "token"; adminToken: string; sessionKey: string | null };

/** The demo world, as far as the dashboard speaks of it. */
export interface DemoDoor {
  scenarios: readonly { name: string; title: string; detail: string }[];
  breakProduction(name: string): Promise<void>;
  links: readonly { title: string; url: string }[];
}

/** What the admin door and the dashboard are given. */
export interface AdminOutside {
  ctx: Context;
  project: { id: string; slug: string; name: string };
  insight: Insight;
  auth: AdminAuth;
  stage: Stage;
  dryRun: boolean;
  publicUrl: string | null;
  demo: DemoDoor | null;
  control: {
    read(): Promise<Control>;
    set(actorName: string, isStopped: boolean, reason: string | null): Promise<Control>;
  };
  /** What polling alone brought in the last day. */
  findGaps(): Promise<GapReport>;
  /** What people say of storms: what belongs together, and that a breaker may close. */
  storm: {
    moveCause(actorName: string, incidentId: string, causeId: string | null): Promise<void>;
    closeBreaker(actorName: string): Promise<boolean>;
    snooze(actorName: string, incidentId: string, until: Date | null): Promise<void>;
  };
  /** A dead job lives again; `false` when it is not there or not dead. */
  requeueJob(jobId: string): Promise<boolean>;
  /** Counts one try to log in from a client; null: not limited. */
  limitLogin: ((client: string) => Promise<{ isAllowed: boolean; resetAfterMs: number }>) | null;
  /** JSON Schema of `.github/patchpilot.yml`, or null where none is published. */
  repositorySchema: Record<string, unknown> | null;
  /** How often the live timeline looks at the database; 1 s unless set. */
  livePollMs?: number;
}
