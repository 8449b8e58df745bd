/**
 * The import laws of docs/ARCHITECTURE.md, "Who may know whom". `test/law/laws.test.ts` breaks every rule once.
 *
 * Type imports count everywhere (a type ties two files together as much as a value does), with three exceptions, each
 * marked `dependencyTypesNot: TYPES`: they may name another room's words, a verb's signature, or a node:http type,
 * because there the law is about who calls whom at run time.
 */

const ROOMS =
  "intake|incidents|triage|performance|investigate|repair|runner|review|recovery|reconcile|backlog|autofix|alerts|insight|control|evals";

/** Pure by name, in a room. */
const PURE_NAMES = `^lib/(?:${ROOMS}).*/(?:model|ports|[a-z0-9-]+-model|(?:decide|rank|render|compose|read)-[a-z0-9-]+)\\.ts$`;

/** Pure helpers whose name does not say so: held to the same law as the others, and open to the outside like them. */
const PURE_HELPERS = [
  "^lib/jobs/catalog\\.ts$",
  "^lib/intake/verify-signature\\.ts$",
  "^lib/recovery/statistics\\.ts$",
  "^lib/llm/(?:model|ports|prices|decide-[a-z0-9-]+)\\.ts$",
  "^lib/[a-z]+/prompts/[a-z0-9-]+\\.ts$",
];

const PURE = [PURE_NAMES, ...PURE_HELPERS, "^lib/kernel/"];

const STORES = "/(?:store|store-[a-z0-9-]+|[a-z0-9-]+-store)\\.ts$";

const TYPES = ["type-only", "type-import"];

/** A package by its name, resolved or not. */
const npm = (names) => `(?:^|/)node_modules/(?:${names})/|^(?:${names})(?:/|$)`;

const law = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });

const shape = [
  law("no-cycles", "Two files that need each other are one file or lack a third.", {}, { circular: true }),
  law(
    "kernel-knows-nobody",
    "lib/kernel is the words everyone uses: it imports nothing outside itself, no package, no Node built-in.",
    { path: "^lib/kernel/" },
    { pathNot: "^lib/kernel/" },
  ),
  law(
    "pure-files-stay-pure",
    "A model, a decision, an order, a text imports only pure files and zod, so that it can be tested by a table.",
    { path: [PURE_NAMES, ...PURE_HELPERS] },
    { pathNot: [...PURE, npm("zod")] },
  ),
  law(
    "lib-stands-alone",
    "lib/ runs without the demo, the tests, the CLI and the doors. Only wiring knows the schedules of cron/.",
    { path: "^lib/", pathNot: "^lib/wiring/" },
    { path: "^(?:demo|test|cli|cron|dist)/" },
  ),
  law(
    "wiring-takes-only-schedules",
    "Wiring may read cron/, and nothing else outside lib/.",
    { path: "^lib/wiring/" },
    { path: "^(?:demo|test|cli|dist)/" },
  ),
  law(
    "nobody-imports-a-door",
    "api/ is where the platform comes in; nothing of ours goes out by it.",
    {},
    { path: "^api/" },
  ),
];

const rooms = [
  law(
    "stages-speak-by-jobs",
    "A room calls no other room except incidents: 'after this, do that' is a job. evals is the judge of all of them.",
    { path: `^lib/(?!evals/)(${ROOMS})/` },
    { path: `^lib/(?:${ROOMS})/`, pathNot: ["^lib/$1/", "^lib/incidents/"], dependencyTypesNot: TYPES },
  ),
  law(
    "rooms-have-a-front-door",
    "From outside, a room is its index.ts, ports.ts and pure files.",
    { path: "^(?:lib/)?([^/]+)/", pathNot: "^test/" },
    { path: `^lib/(?:${ROOMS})/`, pathNot: ["^lib/$1/", `^lib/(?:${ROOMS})/(?:index|ports)\\.ts$`, ...PURE] },
  ),
  law(
    "rooms-import-no-vendor",
    "Rooms know no package but zod (and drizzle-orm in a store): what speaks to the outside is an adapter behind a port.",
    { path: `^lib/(?:${ROOMS})/` },
    { pathNot: ["^(?:lib|cron|cli|api|demo|test|dist)/", npm("zod|drizzle-orm")], dependencyTypesNot: ["core"] },
  ),
  law(
    "rooms-know-no-edges",
    "Rooms get what they need as arguments: no adapter, no config, no HTTP, no wiring.",
    { path: `^lib/(?:${ROOMS})/` },
    { path: "^lib/(?:adapters|config|http|wiring)/" },
  ),
  law(
    "llm-has-a-front-door",
    "lib/llm is a part of the machine, like jobs: whoever asks a model goes by its index.ts, ports.ts and pure files.",
    { path: "^(?:lib|cron|cli|api)/", pathNot: "^lib/llm/" },
    { path: "^lib/llm/", pathNot: ["^lib/llm/(?:index|ports)\\.ts$", ...PURE_HELPERS] },
  ),
  law(
    "llm-knows-no-room",
    "Asking a model is the same for every room: lib/llm knows none of them, and no edge.",
    { path: "^lib/llm/" },
    { path: `^lib/(?:${ROOMS}|adapters|config|http|wiring)/` },
  ),
  law(
    "sql-lives-in-stores",
    "drizzle-orm is imported by a room's store.ts, lib/db and lib/jobs, nowhere else.",
    { path: "^(?:lib|cron|cli|api)/", pathNot: [STORES, "^lib/(?:db|jobs)/"] },
    { path: npm("drizzle-orm") },
  ),
  law(
    "tables-live-in-stores",
    "Who imports a table writes SQL, so rooms do it in store.ts only.",
    { path: `^lib/(?:${ROOMS}|http|wiring|adapters|config|runtime)/`, pathNot: STORES },
    { path: "^lib/db/schema/" },
  ),
];

const edges = [
  law(
    "adapters-know-ports-and-kernel",
    "An adapter speaks to one provider: it knows kernel, ports, pure files and lib/runtime/outbound, never the database.",
    { path: "^lib/adapters/" },
    {
      path: "^(?:lib|cron|cli|demo|test)/",
      pathNot: ["^lib/adapters/", "^lib/runtime/outbound", "^lib/.+/ports\\.ts$", ...PURE],
    },
  ),
  law(
    "only-wiring-knows-adapters",
    "Adapters are chosen in lib/wiring (and by the CLI and the demo, which are wirings of their own).",
    { pathNot: "^(?:lib/wiring|lib/adapters|cli|demo|test)/" },
    { path: "^lib/adapters/" },
  ),
  law(
    "only-wiring-calls-verbs",
    "lib/http, lib/jobs and the rest of the machine get verbs handed in; they may name their types.",
    { path: "^(?:lib/(?:http|jobs|db|runtime|config|adapters)|api)/" },
    { path: `^lib/(?:${ROOMS})/index\\.ts$`, dependencyTypesNot: TYPES },
  ),
  law(
    "wiring-is-on-top",
    "Nothing in lib/ imports the wiring.",
    { path: "^lib/(?!wiring/)" },
    { path: "^lib/wiring/" },
  ),
  law(
    "hono-lives-at-the-door",
    "Hono stays in lib/http and the doors; the demo world is a set of servers of its own.",
    { path: "^(?:lib|cron|cli)/", pathNot: "^lib/http/" },
    { path: npm("hono|@hono/[a-z-]+"), pathNot: npm("@hono/node-server") },
  ),
  law(
    "only-the-cli-listens",
    "A server socket is opened by the CLI or the demo; functions are handlers.",
    { path: "^(?:lib|cron|api)/" },
    { path: npm("@hono/node-server") },
  ),
  law(
    "drivers-live-in-db",
    "Database drivers are imported by lib/db only.",
    { path: "^(?:lib|cron|cli|api)/", pathNot: "^lib/db/" },
    { path: npm("pg|pg-[a-z-]+|@neondatabase/serverless|@electric-sql/[a-z-]+") },
  ),
  law(
    "model-sdk-lives-in-its-adapter",
    "A vendor's model SDK is spoken to in one folder, so that which one it is stays a setting.",
    { path: "^(?:lib|cron|cli|api)/", pathNot: "^lib/adapters/llm/" },
    { path: npm("ai|@ai-sdk/[a-z-]+|openai|@anthropic-ai/[a-z-]+") },
  ),
  law(
    "network-lives-in-adapters",
    "Sockets are opened by adapters (and by lib/db through its drivers). `fetch` is held by test/law/scan-source.ts.",
    { path: "^(?:lib|cron|api)/", pathNot: "^lib/(?:adapters|db)/" },
    { path: `^(?:node:)?(?:http|https|http2|net|tls|dgram)$|${npm("undici|ws|ioredis")}`, dependencyTypesNot: TYPES },
  ),
  law(
    "production-needs-no-dev-package",
    "What is deployed, and the operator's CLI, run on `dependencies` alone.",
    { path: "^(?:lib|cron|api|cli)/" },
    { dependencyTypes: ["npm-dev"], dependencyTypesNot: TYPES },
  ),
];

module.exports = {
  forbidden: [...shape, ...rooms, ...edges],
  options: {
    doNotFollow: { path: ["node_modules", "^dist/"] },
    exclude: { path: "^demo/shop/template/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    moduleSystems: ["es6", "cjs"],
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types", "default"] },
  },
};
