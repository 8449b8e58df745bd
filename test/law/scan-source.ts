import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** A use of something that has one place in the code base, found somewhere else. `line` counts from 1. */
export interface Finding {
  law: string;
  file: string;
  line: number;
}

interface SourceLaw {
  name: string;
  comment: string;
  folders: RegExp;
  allowed: RegExp;
}

/** What an import graph cannot see. */
export const SOURCE_LAWS = [
  {
    name: "time-comes-from-the-clock",
    comment: "`new Date()` and `Date.now()`: `now` is an argument or ctx.clock.",
    folders: /^(?:lib|cron|cli|api)\//,
    allowed: /^lib\/runtime\/clock\.ts$/,
  },
  {
    name: "chance-comes-from-ids",
    comment: "`Math.random()`: ids and jitter are handed in.",
    folders: /^(?:lib|cron|cli|api)\//,
    allowed: /^lib\/runtime\/ids\.ts$/,
  },
  {
    name: "settings-come-from-config",
    comment: "`process.env`: parsed once, faults reported together.",
    folders: /^(?:lib|cron|cli|api)\//,
    allowed: /^lib\/config\/env\.ts$/,
  },
  {
    name: "fetch-lives-in-adapters",
    comment: "`fetch(…)`: the outside is reached by adapters, Neon by lib/db. The CLI is a client of its own.",
    folders: /^(?:lib|cron|api)\//,
    allowed: /^lib\/(?:adapters\/|db\/open-neon-http\.ts$)/,
  },
] as const satisfies SourceLaw[];

type LawName = (typeof SOURCE_LAWS)[number]["name"];

const GLOBAL_OBJECTS = new Set(["globalThis", "global", "window", "self"]);

/** `name` for `name` and `globalThis.name`, otherwise null. */
function globalName(node: ts.Expression): string | null {
  if (ts.isIdentifier(node)) return node.text;
  const isOnGlobal = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression);
  return isOnGlobal && GLOBAL_OBJECTS.has(node.expression.text) ? node.name.text : null;
}

function propertyOf(node: ts.Node): { object: string | null; property: string } | null {
  if (ts.isPropertyAccessExpression(node)) return { object: globalName(node.expression), property: node.name.text };
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) {
    return { object: globalName(node.expression), property: node.argumentExpression.text };
  }
  return null;
}

function importsEnv(node: ts.Node): boolean {
  if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return false;
  if (!/^(?:node:)?process$/.test(node.moduleSpecifier.text)) return false;
  const bindings = node.importClause?.namedBindings;
  return bindings !== undefined && ts.isNamedImports(bindings)
    ? bindings.elements.some((one) => (one.propertyName ?? one.name).text === "env")
    : false;
}

function destructures(node: ts.Node, object: string, property: string): boolean {
  return (
    ts.isVariableDeclaration(node) &&
    node.initializer !== undefined &&
    globalName(node.initializer) === object &&
    ts.isObjectBindingPattern(node.name) &&
    node.name.elements.some((one) => (one.propertyName ?? one.name).getText() === property)
  );
}

/** A name that the file declares itself (an argument `fetch`) is handed in, not taken from the platform. */
function declaredNames(file: ts.SourceFile): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    const isDeclaration =
      ts.isParameter(node) || ts.isVariableDeclaration(node) || ts.isBindingElement(node) || ts.isImportSpecifier(node);
    if (isDeclaration && ts.isIdentifier(node.name)) names.add(node.name.text);
    if (ts.isFunctionDeclaration(node) && node.name) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

function lawOf(node: ts.Node, declared: Set<string>): LawName | null {
  if (ts.isNewExpression(node) && globalName(node.expression) === "Date" && (node.arguments?.length ?? 0) === 0) {
    return "time-comes-from-the-clock";
  }
  if (ts.isCallExpression(node)) {
    const name = globalName(node.expression);
    if (name === "Date") return "time-comes-from-the-clock";
    const isBare = ts.isIdentifier(node.expression);
    if (name === "fetch" && !(isBare && declared.has("fetch"))) return "fetch-lives-in-adapters";
  }
  const use = propertyOf(node);
  if (use?.object === "Date" && use.property === "now") return "time-comes-from-the-clock";
  if (use?.object === "Math" && use.property === "random") return "chance-comes-from-ids";
  if (use?.object === "process" && use.property === "env") return "settings-come-from-config";
  if (importsEnv(node) || destructures(node, "process", "env")) return "settings-come-from-config";
  if (destructures(node, "Math", "random")) return "chance-comes-from-ids";
  return destructures(node, "Date", "now") ? "time-comes-from-the-clock" : null;
}

/** Reads one source text as the file at `path` (relative to the project root) and returns what it may not do there. */
export function scanSource(path: string, text: string): Finding[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const declared = declaredNames(file);
  const findings: Finding[] = [];
  const visit = (node: ts.Node): void => {
    const name = lawOf(node, declared);
    const law = SOURCE_LAWS.find((one) => one.name === name);
    if (law?.folders.test(path) && !law.allowed.test(path)) {
      findings.push({ law: law.name, file: path, line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return findings;
}

/** Scans every source file below `root` that a law speaks of. */
export function scanTree(root: string): Finding[] {
  const paths = globSync("{lib,cron,cli,api}/**/*.{ts,js,mjs}", { cwd: root }).sort();
  return paths.flatMap((path) => scanSource(path, readFileSync(join(root, path), "utf8")));
}

if (import.meta.main) {
  const findings = scanTree(join(import.meta.dirname, "../.."));
  for (const { law, file, line } of findings) console.error(`${file}:${line}  ${law}`);
  console.log(findings.length === 0 ? "no source law broken" : `${findings.length} breaches of source laws`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
