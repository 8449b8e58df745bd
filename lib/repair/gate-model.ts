import * as z from "zod";
import type { FileChange } from "./diff-model.ts";
import type { FileRole } from "./read-file-role.ts";

/** Never touched by a repair, whatever a policy says: what builds, guards and configures the repository, its agents and itself, and what holds secrets. */
export const ALWAYS_BLOCKED_PATHS = [
  ".github/workflows/**",
  ".github/actions/**",
  ".github/patchpilot.y*ml",
  ".github/dependabot.y*ml",
  "CODEOWNERS",
  "action.yml",
  ".gitlab-ci.yml",
  ".gitlab/**",
  ".circleci/**",
  ".travis.yml",
  ".drone.yml",
  ".woodpecker*",
  ".woodpecker/**",
  ".buildkite/**",
  ".teamcity/**",
  ".ci/**",
  "Jenkinsfile*",
  "azure-pipelines*",
  "bitbucket-pipelines.yml",
  "appveyor.yml",
  "buildspec.y*ml",
  "cloudbuild.y*ml",
  ".gitmodules",
  ".gitattributes",
  ".gitconfig",
  ".githooks/**",
  ".husky/**",
  "lefthook.y*ml",
  ".pre-commit-config.y*ml",
  ".lintstagedrc*",
  ".npmrc",
  ".yarnrc*",
  ".yarn/**",
  ".pnpmfile.*",
  "pip.conf",
  ".vscode/**",
  ".devcontainer/**",
  ".idea/**",
  ".mcp.json",
  "node_modules/**",
  ".env*",
  "*.env",
  "!.env.example",
  "!.env.sample",
  "!.env.template",
  "!.env.dist",
  "*.pem",
  "*.key",
  "*.p12",
  "*.pfx",
  "*.jks",
  "*.keystore",
  "*.kdbx",
  "*.tfstate*",
  "*.tfvars",
  "id_rsa*",
  "id_ed25519*",
  ".netrc",
  ".pypirc",
  ".htpasswd",
  ".git-credentials",
  ".ssh/**",
  ".aws/**",
  ".kube/**",
  ".docker/**",
  "credentials*.json",
  "service-account*.json",
  "secrets.y*ml",
  "secrets.json",
  "secrets.toml",
] as const;

/** Touched only with a person's approval: dependencies, infrastructure, data, the tools that judge code, instructions for agents. */
export const DEFAULT_APPROVAL_PATHS = [
  ".github/**",
  ".gitignore",
  "*.lock",
  "package-lock.json",
  "npm-shrinkwrap.json",
  "pnpm-lock.yaml",
  "bun.lockb",
  "pnpm-workspace.yaml",
  "go.mod",
  "go.sum",
  "Cargo.toml",
  "build.rs",
  "requirements*.txt",
  "constraints*.txt",
  "pyproject.toml",
  "Pipfile",
  "setup.py",
  "setup.cfg",
  "Gemfile",
  "*.gemspec",
  "pom.xml",
  "*.gradle",
  "*.gradle.kts",
  "gradle/wrapper/**",
  "composer.json",
  "*.csproj",
  "*.fsproj",
  "Directory.*.props",
  "packages.config",
  "nuget.config",
  "Package.swift",
  "Podfile",
  "mix.exs",
  "deno.json*",
  "Dockerfile*",
  "*.dockerfile",
  ".dockerignore",
  "docker-compose*",
  "compose.y*ml",
  "*.tf",
  "*.bicep",
  "terraform/**",
  "k8s/**",
  "kubernetes/**",
  "helm/**",
  "/charts/**",
  "deploy/charts/**",
  "ansible/**",
  "/pulumi/**",
  "/infra/**",
  "/infrastructure/**",
  "vercel.json",
  "netlify.toml",
  "fly.toml",
  "render.yaml",
  "railway.json",
  "railway.toml",
  "wrangler.toml",
  "wrangler.json*",
  "serverless.y*ml",
  "firebase.json",
  "app.yaml",
  "Procfile",
  "nginx*.conf",
  "migrations/**",
  "db/migrate/**",
  "alembic/**",
  "flyway/**",
  "*.sql",
  "schema.prisma",
  "/prisma/**",
  "/drizzle/**",
  "jest.config.*",
  "vitest.config.*",
  "vitest.workspace.*",
  "playwright.config.*",
  "cypress.config.*",
  "karma.conf.*",
  ".mocharc*",
  "pytest.ini",
  "tox.ini",
  "noxfile.py",
  "phpunit.xml*",
  ".rspec",
  ".nycrc*",
  "codecov.y*ml",
  ".eslintrc*",
  "eslint.config.*",
  ".eslintignore",
  "biome.json*",
  ".prettierrc*",
  "tsconfig*.json",
  ".rubocop.yml",
  ".golangci.y*ml",
  "vite.config.*",
  "webpack.config.*",
  "rollup.config.*",
  "next.config.*",
  "babel.config.*",
  "Makefile",
  "Justfile",
  "Rakefile",
  "*.sh",
  "*.bash",
  "*.ps1",
  "*.bat",
  "*.cmd",
  "dist/**",
  "/build/**",
  "/vendor/**",
  "*.min.js",
  "*.min.css",
  "AGENTS.md",
  "CLAUDE.md",
  "GEMINI.md",
  ".claude/**",
  ".cursor/**",
  ".cursorrules",
  ".windsurfrules",
  ".codex/**",
] as const;

const globs = z.array(z.string().min(1).max(300)).max(500);
const count = z.number().int().min(0);

/**
 * What the gate allows. Each part may be left out and is then its default. Globs are like .gitignore's: without a slash at any depth, with
 * one from the root (and, unless it starts with "/", below any folder too), `!` takes back, case never matters. `blockedPaths` adds to the list that always holds;
 * `approvalPaths` replaces its default; `allowedPaths`, where given, is all that may be touched. Lines are added plus deleted ones, of
 * everything but tests and docs; those have the `…Other…` limits together. `requireTest` is about bug fixes.
 */
export const policySchema = z.strictObject({
  blockedPaths: globs.default([]),
  approvalPaths: globs.default([...DEFAULT_APPROVAL_PATHS]),
  allowedPaths: globs.nullable().default(null),
  testPaths: globs.default([]),
  maxFiles: count.default(5),
  maxChangedLines: count.default(250),
  maxOtherFiles: count.default(20),
  maxOtherLines: count.default(1500),
  maxDeletedFiles: count.default(1),
  maxLineLength: count.default(2000),
  maxDiffKilobytes: count.default(512),
  requireTest: z.boolean().default(true),
  deletedTests: z.enum(["deny", "require_approval"]).default("deny"),
});
export type GatePolicy = z.infer<typeof policySchema>;

export const gateInputSchema = z.object({
  diff: z.string(),
  policy: z.unknown().optional(),
  taskKind: z.string().nullish(),
});

export const GATE_VERDICTS = ["allow", "deny", "require_approval"] as const;
export type GateVerdict = (typeof GATE_VERDICTS)[number];

export interface GateReason {
  rule: string;
  path?: string;
  detail: string;
}

/** The contract's `gate` answer. The gravest reasons come first. */
export interface GateDecision {
  verdict: GateVerdict;
  reasons: GateReason[];
}

/** One thing a rule found, with what it asks for. */
export interface Finding extends GateReason {
  effect: "deny" | "require_approval";
}

/** A changed file with what the rules need to know of it. `path` is its new path, or the old one of a deleted file. */
export interface JudgedFile {
  change: FileChange;
  path: string;
  role: FileRole;
  added: string[];
  deleted: string[];
}
