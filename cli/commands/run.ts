import { parseArgs } from "node:util";
import type { Config } from "../../lib/config/read-config.ts";
import { type CorrectionInput, correctionInputSchema } from "../../lib/incidents/decide-correction.ts";
import { whyPaused } from "../../lib/incidents/decide-pause.ts";
import {
  correctTriage,
  findIncident,
  findIncidentByNumber,
  type Incident,
  pauseIncident,
} from "../../lib/incidents/index.ts";
import { composePostmortem } from "../../lib/insight/compose-postmortem.ts";
import { createInsight } from "../../lib/insight/index.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { approveRollback, askRollback, listApprovals } from "../../lib/recovery/index.ts";
import { restartRepair } from "../../lib/repair/index.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { approvalKeyOf } from "../../lib/wiring/approval-key.ts";
import { type Command, UsageError } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";

const JOB_BY_STATE = {
  new: "triage.assess-incident",
  observed: "triage.assess-incident",
  investigating: "investigate.investigate-incident",
  repairing: "repair.start-repair",
  in_review: "repair.follow-pull-request",
  deploying: "recovery.verify-recovery",
  verifying: "recovery.verify-recovery",
  recovered: "recovery.assess-regression",
} as const;

/** Moves one incident on now, instead of at its time. */
export const run: Command = {
  name: "run",
  summary: "move one incident on now",
  usage: `Usage: patchpilot run INCIDENT [--apply]
       patchpilot run INCIDENT --retry|--supersede|--pause|--resume [--apply]
       patchpilot run INCIDENT --rollback [--apply]
       patchpilot run INCIDENT --postmortem
       patchpilot run INCIDENT --priority P0|P1|P2|P3|auto [--worth-repair yes|no] --reason TEXT [--apply]

INCIDENT is an id (inc_…) or a number. With --priority triage is corrected instead: that holds, whatever triage says by
itself later, until --priority auto takes it back. --retry has an incident tried again that waits for a person, --supersede
begins a new attempt in place of what is at work, --pause holds its repairs until --resume. --rollback shows
the move of production that is offered, with what goes with it, and approves it with --apply; where none is, --apply asks for
one. --postmortem prints the draft of its postmortem.`,
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        apply: { type: "boolean" },
        priority: { type: "string" },
        "worth-repair": { type: "string" },
        reason: { type: "string" },
        retry: { type: "boolean" },
        supersede: { type: "boolean" },
        pause: { type: "boolean" },
        resume: { type: "boolean" },
        rollback: { type: "boolean" },
        postmortem: { type: "boolean" },
      },
    });
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw new UsageError("run takes one incident");
    const correction = readCorrection(values);
    const order = readOrder(values, correction !== null);
    const config = readCliConfig();
    return withContext(config, async (ctx) => {
      const incident = /^\d+$/.test(name)
        ? await findIncidentByNumber(ctx.db.db, Number(name))
        : await findIncident(ctx.db.db, name);
      if (incident === null) throw new Error(`there is no incident ${name}`);
      if (values.postmortem) return printPostmortem(ctx, config, incident);
      if (values.rollback) return moveBack(ctx, config, incident, values.apply ?? false);
      if (order !== null) return give(ctx, incident, order, values.apply ?? false);
      if (correction !== null) return correct(ctx, incident, correction, values.apply ?? false);
      // An issue that was handed over has nothing to investigate: it is read when its run begins.
      const isRequest = incident.kind === "request" && incident.state === "investigating";
      const found = incident.state in JOB_BY_STATE ? JOB_BY_STATE[incident.state as keyof typeof JOB_BY_STATE] : null;
      const job = isRequest ? "repair.start-repair" : found;
      if (job === null) {
        console.log(`INC-${incident.number} is ${incident.state}: nothing moves it on but a person`);
        return 1;
      }
      const paused = whyPaused(incident);
      if (paused !== null && job === "repair.start-repair") {
        console.log(`INC-${incident.number} is ${paused}: its repair goes on when somebody resumes it`);
        return 1;
      }
      if (values.apply) await enqueue(ctx.db.db, ctx, job, { incidentId: incident.id });
      console.log(
        `INC-${incident.number} is ${incident.state}: ${values.apply ? "queued" : "would queue"} ${job}${values.apply ? "" : "; add --apply"}`,
      );
      return 0;
    });
  },
};

const ORDERS = {
  retry: (ctx: Context, incidentId: string) => restartRepair(ctx, { incidentId, supersedes: false }),
  supersede: (ctx: Context, incidentId: string) => restartRepair(ctx, { incidentId, supersedes: true }),
  pause: (ctx: Context, incidentId: string) => pauseIncident(ctx, { incidentId, isPaused: true }),
  resume: (ctx: Context, incidentId: string) => pauseIncident(ctx, { incidentId, isPaused: false }),
} as const;
type Order = keyof typeof ORDERS;

/** What is to be done with the incident instead of moving it on, or null. */
function readOrder(values: { [O in Order]?: boolean }, hasCorrection: boolean): Order | null {
  const given = (Object.keys(ORDERS) as Order[]).filter((order) => values[order]);
  if (given.length > 1 || (given.length === 1 && hasCorrection)) {
    throw new UsageError("run takes one of --retry, --supersede, --pause, --resume and a correction");
  }
  return given[0] ?? null;
}

async function give(ctx: Context, incident: Incident, order: Order, isApplied: boolean): Promise<0> {
  if (isApplied) await ORDERS[order](ctx, incident.id);
  const said = `INC-${incident.number} is ${incident.state}: ${isApplied ? "done" : "would do"}: ${order}`;
  console.log(`${said}${isApplied ? "" : "; add --apply"}`);
  return 0;
}

/** Shows what is offered, and approves it; asks for an offer where there is none. */
async function moveBack(ctx: Context, config: Config, incident: Incident, isApplied: boolean): Promise<0> {
  const [newest] = await listApprovals(ctx.db.db, incident.id);
  const offer = newest?.state === "offered" && newest.expiresAt > ctx.clock.now() ? newest : null;
  if (offer === null) {
    if (isApplied) await askRollback(ctx, incident.id);
    const said = isApplied ? "asked for an offer; look again in a moment" : "would ask for an offer; add --apply";
    console.log(`INC-${incident.number}: no move of production is offered now; ${said}`);
    return 0;
  }
  console.log([offer.subject.says, ...offer.subject.lines.map((line) => `- ${line}`)].join("\n"));
  if (isApplied) {
    await approveRollback(
      ctx,
      { approvalKey: approvalKeyOf(config) },
      { incidentId: incident.id, approvalId: offer.id },
    );
  }
  console.log(`INC-${incident.number}: ${isApplied ? "approved" : "would be approved; add --apply"}`);
  return 0;
}

async function printPostmortem(ctx: Context, config: Config, incident: Incident): Promise<0> {
  const story = await createInsight(ctx.db.db, incident.projectId).findIncidentStory(incident.id);
  if (story === null) throw new Error(`there is no incident ${incident.id}`);
  console.log(composePostmortem(story, { publicUrl: config.publicUrl }));
  return 0;
}

/** What a person says of the incident's triage, or null where only the incident is to move on. */
function readCorrection(values: {
  priority?: string;
  "worth-repair"?: string;
  reason?: string;
}): CorrectionInput | null {
  const { priority, "worth-repair": worth, reason } = values;
  if (priority === undefined && worth === undefined && reason === undefined) return null;
  if (worth !== undefined && worth !== "yes" && worth !== "no") throw new UsageError("--worth-repair is yes or no");
  const worthRepair = worth === undefined ? null : worth === "yes";
  const read = correctionInputSchema.safeParse({
    priority: priority === "auto" ? null : priority,
    worthRepair,
    reason,
  });
  if (!read.success) throw new UsageError("a correction needs --priority (P0 to P3, or auto) and --reason");
  return read.data;
}

async function correct(ctx: Context, incident: Incident, correction: CorrectionInput, isApplied: boolean): Promise<0> {
  if (isApplied) await correctTriage(ctx, { incidentId: incident.id, ...correction });
  const to = correction.priority ?? "what triage says";
  const said = `INC-${incident.number}: ${incident.priority ?? "not judged"}, ${isApplied ? "corrected to" : "would be corrected to"} ${to}`;
  console.log(`${said}${isApplied ? "" : "; add --apply"}`);
  return 0;
}
