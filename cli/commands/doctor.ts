import { parseArgs } from "node:util";
import { readEnvironment } from "../../lib/config/env.ts";
import { type Config, readConfig } from "../../lib/config/read-config.ts";
import { type Database, postgresCode } from "../../lib/db/database.ts";
import { openDatabase } from "../../lib/db/open-database.ts";
import { decideInstallation } from "../../lib/intake/decide-installation.ts";
import { listInstallations } from "../../lib/intake/index.ts";
import { AppError, messageOf } from "../../lib/kernel/errors.ts";
import { oneLine } from "../../lib/kernel/quiet-text.ts";
import { priceOf } from "../../lib/llm/decide-cost.ts";
import { silentLogger } from "../../lib/runtime/logger.ts";
import { createContext } from "../../lib/wiring/machine.ts";
import { DEFAULT_PROJECT_ID } from "../../lib/wiring/project.ts";
import { createProviders, type Providers } from "../../lib/wiring/providers.ts";
import { whyNoReviews } from "../../lib/wiring/review.ts";
import { type Command, print } from "../command.ts";
import { loadEnvFile } from "../load-env-file.ts";
import { DATA_FOLDER } from "../open.ts";

interface Check {
  name: string;
  status: "ok" | "off" | "failed";
  detail: string;
}

async function check(name: string, off: string | null, look: () => Promise<string>): Promise<Check> {
  if (off !== null) return { name, status: "off", detail: off };
  try {
    return { name, status: "ok", detail: await look() };
  } catch (error) {
    return { name, status: "failed", detail: sayFault(error) };
  }
}

/** undefined_table and undefined_column. */
const SCHEMA_CODES: ReadonlySet<string | null> = new Set(["42P01", "42703"]);
const MAX_DETAIL = 400;

/** What went wrong on one line; a failed query by its reason, not by its text. */
function sayFault(error: unknown): string {
  if (SCHEMA_CODES.has(postgresCode(error)))
    return "the database's schema is missing or older than this version: `patchpilot migrate --apply` brings it";
  let reason = error;
  while (reason instanceof Error && !(reason instanceof AppError) && reason.cause instanceof Error)
    reason = reason.cause;
  // Node's error for an address that nobody answers at has a code and no text.
  return (
    oneLine(messageOf(reason), MAX_DETAIL) || String((reason as { code?: unknown }).code ?? "it failed without a word")
  );
}

/** What was given up is a person's matter: most of it is told on an incident, and all of it here. */
async function checkDeadJobs(db: Database): Promise<string> {
  const [newest] = await db.query(
    "select name, last_error, count(*) over ()::int as found from jobs where state = 'dead' order by finished_at desc limit 1",
    [],
  );
  if (newest === undefined) return "no dead letters";
  throw new Error(`${newest.found} dead letters, the newest ${newest.name}: ${newest.last_error}`);
}

/** Whose integration sends: Sentry's webhooks tell it when it is installed, and no API is asked. */
async function checkInstallation(db: Database, organization: string | null): Promise<Check> {
  const name = "sentry app";
  try {
    const rows = await listInstallations(db.db, DEFAULT_PROJECT_ID, "sentry");
    const installations = rows.map(({ uninstalledAt, ...row }) => {
      return { ...row, uninstalledAt: uninstalledAt?.toISOString() ?? null };
    });
    return { name, ...decideInstallation({ organization, installations }) };
  } catch (error) {
    return { name, status: "failed", detail: sayFault(error) };
  }
}

/** Which model is asked, by its settings alone: it is not asked here, as that costs money. */
function checkModel({ llm, policy }: Config): Check {
  const name = "model";
  if (llm === null)
    return { name, status: "off", detail: "LLM_MODEL is not set: incidents are looked at by rules alone" };
  const model = `${llm.provider}/${llm.model}`;
  const key = llm.apiKey === null ? "no key is set, which an endpoint of one's own may not need" : "its key is set";
  const isPriced = priceOf(model, policy.model.prices) !== null;
  const price = isPriced ? "its price is known" : "its price is unknown: set policy.model.prices";
  return { name, status: "ok", detail: `${model}, ${key}, ${price}; it was not asked` };
}

/** Whether pull requests are reviewed here. */
function checkReviews(config: Config): Check {
  const why = whyNoReviews(config);
  if (why !== null) return { name: "reviews", status: "off", detail: why };
  const issues = config.policy.review.answersIssues ? "new issues are answered" : "issues are not answered";
  return { name: "reviews", status: "ok", detail: `pull requests are reviewed, ${issues}` };
}

/** A version that no release has: whoever may read releases is told that there is none. */
const NO_RELEASE = "patchpilot-doctor";

async function checkReleases({ sentry }: Providers): Promise<string> {
  try {
    await sentry?.issueContext.findRelease(NO_RELEASE);
    return "the token may read releases";
  } catch (error) {
    if (!(error instanceof AppError && error.code === "provider_forbidden")) throw error;
    throw new AppError(
      "provider_forbidden",
      "SENTRY_AUTH_TOKEN may not read releases: give it the scope project:releases (Release: Admin)",
      {
        retry: "never",
        cause: error,
      },
    );
  }
}

async function checkDatabase(db: Database): Promise<Check[]> {
  return [
    await check("database", null, async () => {
      const [row] = await db.query("select count(*)::int as incidents from incidents", []);
      return `${db.kind}, ${row?.incidents} incidents`;
    }),
    await check("jobs", null, () => checkDeadJobs(db)),
  ];
}

async function checkTrackers(config: Config, providers: Providers, db: Database): Promise<Check[]> {
  const { sentry, glitchtip } = providers;
  const noSentry = sentry ? null : "SENTRY_AUTH_TOKEN and SENTRY_ORG are not set";
  return [
    await check("sentry", noSentry, async () => {
      await sentry?.errorSource.findIssue("1");
      return `${config.sentry.url} answers`;
    }),
    await check("releases", noSentry, () => checkReleases(providers)),
    await checkInstallation(db, config.sentry.api?.org ?? null),
    await check("glitchtip", glitchtip ? null : "GLITCHTIP_URL and its companions are not set", async () => {
      await glitchtip?.monitors.findMonitor("1");
      return `${config.glitchtip?.url} answers`;
    }),
  ];
}

async function checkProduction(config: Config, { deployments, analytics, health }: Providers): Promise<Check[]> {
  return [
    await check("vercel", deployments ? null : "VERCEL_TOKEN and VERCEL_PROJECT_ID are not set", async () => {
      const [newest] = (await deployments?.listProductionDeployments(1)) ?? [];
      return newest ? `production is ${newest.state} (${newest.deploymentId})` : "no production deployment yet";
    }),
    await check("posthog", config.posthog ? null : "POSTHOG_HOST and its companions are not set", async () => {
      await analytics?.ask({ name: "patchpilot_doctor", text: "select 1 limit 1", values: {} });
      return `project ${config.posthog?.projectId} answers, ${config.posthog?.events.join(", ")}`;
    }),
    await check("target", config.target ? null : "TARGET_URL is not set", async () => {
      const { status, detail } = await health.check();
      if (status === "fail") throw new Error(detail);
      return detail;
    }),
  ];
}

/** Reads the settings and asks every configured provider one harmless question. */
export const doctor: Command = {
  name: "doctor",
  summary: "check the settings and every configured provider",
  usage: "Usage: patchpilot doctor [--json]\n\nReads only. Exit code 1 when something is wrong.",
  async run(args) {
    const { values } = parseArgs({ args, options: { json: { type: "boolean" } } });
    const read = readConfig({ ...loadEnvFile(".env"), ...readEnvironment() });
    if (!read.ok) {
      const faults: Check[] = read.faults.map((detail) => ({ name: "settings", status: "failed", detail }));
      print(faults, values.json ?? false, render);
      return 1;
    }
    const { config } = read;
    const db = await openDatabase(config.databaseUrl, DATA_FOLDER);
    try {
      const providers = createProviders(config, createContext(db, silentLogger));
      const { github } = providers;
      const checks: Check[] = [
        { name: "settings", status: "ok", detail: `STAGE=${config.stage}, DRY_RUN=${config.dryRun}` },
        ...(await checkDatabase(db)),
        await check("github", github ? null : "GITHUB_APP_ID and its companions are not set", async () => {
          const branch = await github?.codeHost.defaultBranch();
          return `${config.github?.repository}, default branch ${branch}`;
        }),
        ...(await checkTrackers(config, providers, db)),
        ...(await checkProduction(config, providers)),
        checkModel(config),
        checkReviews(config),
        await check(
          "qstash",
          config.qstash ? null : "QSTASH_TOKEN is not set: jobs run in this process",
          async () => "configured",
        ),
      ];
      print(checks, values.json ?? false, render);
      return checks.some((one) => one.status === "failed") ? 1 : 0;
    } finally {
      await db.close();
    }
  },
};

function render(checks: Check[]): string {
  return checks.map(({ name, status, detail }) => `${status.padEnd(7)}${name.padEnd(12)}${detail}`).join("\n");
}
