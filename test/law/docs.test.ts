import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { getTableName, is } from "drizzle-orm";
import { PgTable } from "drizzle-orm/pg-core";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { policySchema } from "../../lib/config/policy.ts";
import { SETTINGS } from "../../lib/config/settings.ts";
import * as schema from "../../lib/db/schema/index.ts";
import { NEXT } from "../../lib/incidents/decide-next-state.ts";
import { INCIDENT_STATES } from "../../lib/incidents/model.ts";
import { JOBS } from "../../lib/jobs/catalog.ts";
import { WRITE_STAGES } from "../../lib/kernel/write.ts";
import { SOURCE_LAWS } from "./scan-source.ts";
import { PROJECT_ROOT } from "./tree.ts";

const LEFT_OUT = new Set(["node_modules", "dist", ".git", ".patchpilot", ".vercel", "coverage"]);
const read = (path: string) => readFileSync(join(PROJECT_ROOT, path), "utf8");

const PAGES = globSync("**/*.md", { cwd: PROJECT_ROOT, exclude: (name) => LEFT_OUT.has(basename(name)) }).sort();
const ARCHITECTURE = read("docs/ARCHITECTURE.md");

/** A page without what it shows of the repository that is repaired: its YAML, and the demo shop's own pages. */
const ownWords = (page: string) => (page.startsWith("demo/shop/") ? "" : read(page).replace(/```yaml[\s\S]*?```/g, ""));

const manifest = z
  .object({ scripts: z.record(z.string(), z.string()), dependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read("package.json")));
const rules = z
  .object({ forbidden: z.array(z.object({ name: z.string() })) })
  .parse(createRequire(import.meta.url)("../../.dependency-cruiser.cjs"));

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

/** Relative links whose file or heading is not there. */
function deadLinks(page: string): string[] {
  const text = read(page).replace(/```[\s\S]*?```/g, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path = "", anchor] = target.split("#");
    const file = path === "" ? join(PROJECT_ROOT, page) : resolve(PROJECT_ROOT, dirname(page), path);
    if (relative(PROJECT_ROOT, file).startsWith("..") || !existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(readFileSync(file, "utf8")).includes(anchor);
  });
}

function leavesOf(value: unknown, path: string[] = []): string[] {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key])) : [path.join(".")];
}

describe("pages", () => {
  it("every relative link leads somewhere", () => {
    expect(PAGES.length).toBeGreaterThan(30);
    expect(PAGES.flatMap((page) => deadLinks(page).map((link) => `${page}: ${link}`))).toEqual([]);
  });

  it("a link to nothing would be seen", () => {
    expect(anchorsOf("## Nothing twice\n### How far it may go: `STAGE` and `DRY_RUN`")).toEqual([
      "nothing-twice",
      "how-far-it-may-go-stage-and-dry_run",
    ]);
  });

  it("every npm script and every command that is named exists", () => {
    const commands = readdirSync(join(PROJECT_ROOT, "cli/commands")).map((file) => basename(file, ".ts"));
    const strangers = (page: string, pattern: RegExp, known: readonly string[]) =>
      [...ownWords(page).matchAll(pattern)].flatMap(([, name = ""]) =>
        known.includes(name) ? [] : `${page}: ${name}`,
      );
    const faults = PAGES.flatMap((page) => [
      ...strangers(page, /npm run (?:-s )?([a-z][\w:-]*)/g, Object.keys(manifest.scripts)),
      ...strangers(page, /npm run -s patchpilot -- ([a-z]+)/g, commands),
    ]);
    expect(faults).toEqual([]);
  });

  it("every room of lib/ says in under 25 lines what it is", () => {
    const rooms = globSync("lib/*/", { cwd: PROJECT_ROOT }).filter(
      (room) => globSync(`${room}/*`, { cwd: PROJECT_ROOT }).length > 0,
    );
    const lines = (room: string) =>
      existsSync(join(PROJECT_ROOT, room, "README.md"))
        ? read(join(room, "README.md")).trimEnd().split("\n").length
        : 0;
    expect(rooms.filter((room) => lines(room) === 0 || lines(room) >= 25)).toEqual([]);
  });
});

describe("README.md", () => {
  const text = read("README.md");

  it.each(["start", "test"])("npm %s is on the first screen and exists", (script) => {
    expect(text.split("\n").slice(0, 20).join("\n")).toContain(`npm install && npm ${script}`);
    expect(manifest.scripts).toHaveProperty(script);
  });

  it("lists every command of the CLI", () => {
    const commands = readdirSync(join(PROJECT_ROOT, "cli/commands")).map((file) => basename(file, ".ts"));
    expect(commands.filter((name) => !new RegExp(`^\\| \`${name}\\b`, "m").test(text))).toEqual([]);
  });
});

describe(".env.example", () => {
  const names = [...read(".env.example").matchAll(/^#? ?([A-Z][A-Z0-9_]*)=(.*)$/gm)];

  it("has every setting once, and no other", () => {
    expect(names.map(([, name]) => name).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it("sets nothing", () => {
    expect(names.filter(([, , value]) => value !== "")).toEqual([]);
  });

  it("says of each in one line what it is", () => {
    const lines = read(".env.example").split("\n");
    const bare = lines.filter((line, at) => /^[A-Z][A-Z0-9_]*=/.test(line) && !lines[at - 1]?.startsWith("# "));
    expect(bare).toEqual([]);
  });
});

describe("docs/ARCHITECTURE.md", () => {
  const named = (names: readonly string[]) => names.filter((name) => !ARCHITECTURE.includes(`\`${name}\``));

  it("names every job", () => expect(named(Object.keys(JOBS))).toEqual([]));
  it("names every state", () => expect(named(INCIDENT_STATES)).toEqual([]));
  it("names every kind of write", () => expect(named(Object.keys(WRITE_STAGES))).toEqual([]));
  it("names every import law", () => expect(named(rules.forbidden.map((rule) => rule.name))).toEqual([]));
  it("names every source law", () => expect(named(SOURCE_LAWS.map((law) => law.name))).toEqual([]));

  it("names every table", () => {
    const tables = Object.values(schema).flatMap((one) => (is(one, PgTable) ? [getTableName(one)] : []));
    expect(tables.length).toBeGreaterThan(5);
    expect(named(tables)).toEqual([]);
  });

  it("draws the state machine as it is, but for escalate and ignore", () => {
    const drawn = [...ARCHITECTURE.matchAll(/^ {2}(\w+) --> (\w+): (\w+)$/gm)].map((edge) => edge.slice(1).join(" "));
    const edges = Object.entries(NEXT).flatMap(([from, row]) =>
      Object.entries(row).flatMap(([command, to]) =>
        command === "escalate" || command === "ignore" ? [] : [`${from} ${to} ${command}`],
      ),
    );
    expect(drawn.sort()).toEqual(edges.sort());
  });
});

describe("docs/policy.md", () => {
  const text = read("docs/policy.md");

  it("names every part of the policy", () => {
    const leaves = leavesOf(policySchema.parse({})).map((path) => path.replace(/^(?:repair|recovery|gate)\./, ""));
    expect(leaves.length).toBeGreaterThan(20);
    expect(leaves.filter((path) => !text.includes(`\`${path}\``))).toEqual([]);
  });
});

describe("docs/adr", () => {
  const ADRS = readdirSync(join(PROJECT_ROOT, "docs/adr")).filter((file) => /^\d{4}-/.test(file));

  it("is listed whole in its README", () => {
    const index = read("docs/adr/README.md");
    expect(ADRS.filter((file) => !index.includes(`(${file})`))).toEqual([]);
  });

  it("has a line for every dependency", () => {
    const text = read("docs/adr/0009-dependencies.md");
    expect(Object.keys(manifest.dependencies).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});
