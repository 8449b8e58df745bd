import { messageOf } from "../lib/kernel/errors.ts";
import { type Command, UsageError } from "./command.ts";

/** Each command is loaded only when it is called: `explain` needs neither database nor network. */
const COMMANDS: Record<string, () => Promise<Command>> = {
  start: async () => (await import("./commands/start.ts")).start,
  serve: async () => (await import("./commands/serve.ts")).serve,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  explain: async () => (await import("./commands/explain.ts")).explain,
  watch: async () => (await import("./commands/watch.ts")).watch,
  run: async () => (await import("./commands/run.ts")).run,
  recover: async () => (await import("./commands/recover.ts")).recover,
  replay: async () => (await import("./commands/replay.ts")).replay,
  sync: async () => (await import("./commands/sync.ts")).sync,
  runner: async () => (await import("./commands/runner.ts")).runner,
  workflow: async () => (await import("./commands/workflow.ts")).workflow,
  backlog: async () => (await import("./commands/backlog.ts")).backlog,
  scan: async () => (await import("./commands/scan.ts")).scan,
  performance: async () => (await import("./commands/performance.ts")).performanceCommand,
  control: async () => (await import("./commands/control.ts")).control,
  memory: async () => (await import("./commands/memory.ts")).memory,
  metrics: async () => (await import("./commands/metrics.ts")).metrics,
  schedules: async () => (await import("./commands/schedules.ts")).schedulesCommand,
  eval: async () => (await import("./commands/eval.ts")).evalCommand,
  migrate: async () => (await import("./commands/migrate.ts")).migrate,
};

async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(11)}${summary}`);
  return `Usage: patchpilot COMMAND [options]\n\n${lines.join("\n")}\n\nEvery command takes --help and --debug. What would change something is printed, and done only with --apply.\nExit codes: 0 done, 1 found something wrong, 2 used wrongly.`;
}

async function main(argv: string[]): Promise<number> {
  const isDebug = argv.includes("--debug");
  const [name = "help", ...args] = argv.filter((arg) => arg !== "--debug");
  if (name === "help" || name === "--help" || name === "-h") {
    console.log(await help());
    return 0;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!load) {
    console.error(`there is no command ${name}; patchpilot --help lists them`);
    return 2;
  }
  const command = await load();
  if (args.includes("--help") && name !== "runner") {
    console.log(command.usage);
    return 0;
  }
  try {
    return await command.run(args);
  } catch (error) {
    if (isDebug) console.error(error);
    else console.error(messageOf(error));
    const isUsage =
      error instanceof UsageError ||
      (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
    if (isUsage) console.error(`\n${command.usage}`);
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
