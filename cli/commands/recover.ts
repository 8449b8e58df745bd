import { parseArgs } from "node:util";
import { listIncidentsInStates } from "../../lib/incidents/index.ts";
import { enqueue } from "../../lib/jobs/outbox.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { type Command, type ExitCode, print } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";

/** Has every incident that waits for its proof looked at now. */
export const recover: Command = {
  name: "recover",
  summary: "look now at every incident that waits for its proof of recovery",
  usage: "Usage: patchpilot recover [--apply] [--json]",
  async run(args) {
    const { values } = parseArgs({ args, options: { apply: { type: "boolean" }, json: { type: "boolean" } } });
    return withContext(readCliConfig(), async (ctx): Promise<ExitCode> => {
      const waiting = await listIncidentsInStates(ctx.db.db, DEFAULT_PROJECT_ID, ["deploying", "verifying"]);
      if (values.apply)
        for (const incident of waiting)
          await enqueue(ctx.db.db, ctx, "recovery.verify-recovery", { incidentId: incident.id });
      const rows = waiting.map(({ id, number, state, title, nextCheckAt }) => ({
        id,
        number,
        state,
        title,
        nextCheckAt,
      }));
      print(rows, values.json ?? false, (list) =>
        [
          ...list.map(
            (row) =>
              `INC-${row.number} ${row.state}: ${row.title} (next look ${row.nextCheckAt?.toISOString() ?? "not planned"})`,
          ),
          list.length === 0
            ? "no incident waits for a proof"
            : values.apply
              ? "queued"
              : "would look at these now; add --apply",
        ].join("\n"),
      );
      return 0;
    });
  },
};
