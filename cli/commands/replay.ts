import { existsSync, readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as z from "zod";
import { findDelivery } from "../../lib/incidents/index.ts";
import { type AcceptedDelivery, createReceiver, readDelivery } from "../../lib/intake/index.ts";
import { SOURCES } from "../../lib/intake/model.ts";
import type { Context } from "../../lib/runtime/context.ts";
import { intakeFacts, secretsOf } from "../../lib/wiring/intake-settings.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { type Command, type ExitCode, UsageError } from "../command.ts";
import { readCliConfig, withContext } from "../open.ts";

const fileSchema = z.object({
  source: z.enum(SOURCES),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  token: z.string().nullish(),
});

/** Receives a delivery again: a stored one by its signal, or one from a file as `explain delivery` reads it. */
export const replay: Command = {
  name: "replay",
  summary: "receive a delivery again, from the database or a file",
  usage:
    "Usage: patchpilot replay dlv_…|FILE [--apply]\n\nFILE holds {source, headers, body} as JSON; the body has to verify with this project's secret.",
  async run(args) {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { apply: { type: "boolean" } },
    });
    const [what, ...rest] = positionals;
    if (what === undefined || rest.length > 0) throw new UsageError("replay takes one delivery or file");
    const config = readCliConfig();
    return withContext(config, async (ctx): Promise<ExitCode> => {
      const found = existsSync(what) ? await readFromFile(ctx, what) : await readStored(ctx, what);
      if (typeof found === "string") {
        console.error(found);
        return 1;
      }
      if (!values.apply) {
        console.log(
          `would receive ${found.delivery.resource} (${found.delivery.outcome}: ${found.delivery.reason}); add --apply`,
        );
        return 0;
      }
      const receive = createReceiver({ query: ctx.db.query, clock: ctx.clock, newId: ctx.newId });
      const facts = { ...intakeFacts(config), source: found.source };
      console.log(
        JSON.stringify(
          await receive({ projectId: DEFAULT_PROJECT_ID, source: found.source, delivery: found.delivery, facts }),
        ),
      );
      return 0;
    });

    async function readFromFile(ctx: Context, path: string): Promise<Found | string> {
      const parsed = fileSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
      if (!parsed.success) return `${path} is not {source, headers, body}: ${parsed.error.issues[0]?.message ?? ""}`;
      const { source, headers, body, token } = parsed.data;
      const known = secretsOf(config)[source];
      const read = await readDelivery({
        source,
        headers,
        body,
        secret: known?.secret ?? null,
        token: { given: token ?? null, expected: known?.addressToken ?? null },
        now: ctx.clock.now(),
      });
      return read.outcome === "rejected"
        ? `${path} would be refused with ${read.status}: ${read.reason}`
        : { source, delivery: read };
    }
  },
};

interface Found {
  source: (typeof SOURCES)[number];
  delivery: AcceptedDelivery;
}

/** A stored delivery under a key of its own, so that it is no duplicate of itself. */
async function readStored(ctx: Context, id: string): Promise<Found | string> {
  const row = await findDelivery(ctx.db.db, id);
  if (row === null) return `there is no file and no delivery ${id}`;
  if (row.signal === null) return `${id} was ignored (${row.reason}): there is nothing to replay`;
  const source = z.enum(SOURCES).parse(row.source);
  const deliveryKey = `${row.dedupeKey}:replay:${ctx.clock.now().toISOString()}`;
  return {
    source,
    delivery: { outcome: "accepted", reason: "replayed", deliveryKey, resource: row.resource, signal: row.signal },
  };
}
