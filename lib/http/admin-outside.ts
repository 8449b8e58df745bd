import type { Control } from "../control/index.ts";
import type { CorrectionInput } from "../incidents/decide-correction.ts";
import type { Insight } from "../insight/index.ts";
import type { LessonChanges, LessonView } from "../investigate/lesson-model.ts";
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

/** The storm breaker while it is open: since when, why, and which incident opened it. */
export interface OpenBreaker {
  openedAt: Date;
  reason: string;
  trippedBy: string;
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
    /** The breaker, if it holds repairs now. */
    findOpenBreaker(): Promise<OpenBreaker | null>;
    snooze(actorName: string, incidentId: string, until: Date | null): Promise<void>;
  };
  /** Holds an incident's repairs, or lets them go on; `pause_refused` where that cannot be. */
  pauseIncident(actorName: string, incidentId: string, isPaused: boolean): Promise<void>;
  /** Has an incident tried again, or anew in place of what is at work; `retry_refused` where that cannot be. */
  restartRepair(actorName: string, incidentId: string, supersedes: boolean): Promise<void>;
  /** Moving production to another deployment, on a person's word; `approval_refused` where the word does not count. */
  moves: {
    ask(actorName: string, incidentId: string): Promise<void>;
    approve(actorName: string, incidentId: string, by: { token: string } | { approvalId: string }): Promise<void>;
  };
  /** Hands an issue of the repository over; what it may become is found out by a job. */
  handOver(actorName: string, issueNumber: number, mode: "plan" | "implement"): Promise<void>;
  /** A person says how urgent an incident is; `bad_request` where it was not judged yet. */
  correctTriage(actorName: string, incidentId: string, correction: CorrectionInput): Promise<void>;
  /** What ended incidents taught; `lesson_not_found` where there is none of this id. */
  memory: {
    list(page: { limit: number; beforeSeq: number | null }): Promise<{ items: LessonView[]; nextSeq: number | null }>;
    get(id: string): Promise<LessonView>;
    correct(actorName: string, id: string, changes: LessonChanges, reason: string | null): Promise<LessonView>;
    forget(actorName: string, id: string): Promise<void>;
  };
  /** A dead job lives again; `false` when it is not there or not dead. */
  requeueJob(jobId: string): Promise<boolean>;
  /** Counts one try to log in from a client; null: not limited. */
  limitLogin: ((client: string) => Promise<{ isAllowed: boolean; resetAfterMs: number }>) | null;
  /** JSON Schema of `.github/patchpilot.yml`. */
  repositorySchema: Record<string, unknown>;
  /** How often the live timeline looks at the database; 1 s unless set. */
  livePollMs?: number;
}
