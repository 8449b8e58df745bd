import { parseArgs } from "node:util";
import { ensureProject, readControl, setControl } from "../../lib/control/index.ts";
import { closeBreaker } from "../../lib/incidents/index.ts";
import { DEFAULT_PROJECT_ID, DEFAULT_PROJECT_SLUG } from "../../lib/wiring/project.ts";
import { type Command, print, UsageError } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";

/** The kill switch. */
export const control: Command = {
  name: "control",
  summary: "the kill switch: status, stop, resume; calm closes the storm breaker",
  usage:
    "Usage: patchpilot control status|stop|resume|calm [--reason TEXT] [--apply] [--json]\n\nA stop holds every write to the outside from the next one on. calm closes the storm breaker, so that repairs go on.",
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { reason: { type: "string" }, apply: { type: "boolean" }, json: { type: "boolean" } },
    });
    const [action = "status", ...rest] = positionals;
    if (rest.length > 0 || !["status", "stop", "resume", "calm"].includes(action))
      throw new UsageError(`control knows status, stop, resume and calm, not ${positionals.join(" ")}`);
    const config = readCliConfig();
    const state = await withContext(config, async (ctx) => {
      if (action === "status" || !values.apply) return readControl(ctx.db.db, DEFAULT_PROJECT_ID);
      await ensureProject(ctx, { slug: DEFAULT_PROJECT_SLUG, name: config.github?.repository ?? DEFAULT_PROJECT_SLUG });
      if (action === "calm") {
        await closeBreaker(ctx.db.db, DEFAULT_PROJECT_ID, ctx.clock.now(), "person:operator");
        return readControl(ctx.db.db, DEFAULT_PROJECT_ID);
      }
      return setControl(ctx, {
        projectId: DEFAULT_PROJECT_ID,
        isStopped: action === "stop",
        reason: values.reason ?? null,
      });
    });
    print(
      state,
      values.json ?? false,
      ({ isStopped, reason }) => `${isStopped ? "stopped" : "running"}${reason ? `: ${reason}` : ""}`,
    );
    if (action !== "status" && !values.apply) console.error(`would ${action}; add --apply`);
    return 0;
  },
};
