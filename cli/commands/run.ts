import { parseArgs } from "node:util";
import { findIncident, findIncidentByNumber } from "../../lib/incidents/index.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
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
  usage: "Usage: patchpilot run INCIDENT [--apply]\n\nINCIDENT is an id (inc_…) or a number.",
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { apply: { type: "boolean" } },
    });
    const [name, ...rest] = positionals;
    if (name === undefined || rest.length > 0) throw new UsageError("run takes one incident");
    return withContext(readCliConfig(), async (ctx) => {
      const incident = /^\d+$/.test(name)
        ? await findIncidentByNumber(ctx.db.db, Number(name))
        : await findIncident(ctx.db.db, name);
      if (incident === null) throw new Error(`there is no incident ${name}`);
      const job = incident.state in JOB_BY_STATE ? JOB_BY_STATE[incident.state as keyof typeof JOB_BY_STATE] : null;
      if (job === null) {
        console.log(`INC-${incident.number} is ${incident.state}: nothing moves it on but a person`);
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
