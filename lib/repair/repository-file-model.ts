import * as z from "zod";

/** Where a target repository says what it wants; the first that exists is read. */
export const REPOSITORY_FILES = [".github/patchpilot.yml", ".github/patchpilot.yaml"] as const;

const limit = z.number().int().min(0).optional();
/** No `!`: a file that takes back a pattern would loosen. */
const globs = z
  .array(
    z.string().min(1).max(300).regex(/^[^!]/, "begins with !, and this file cannot take back what the operator says"),
  )
  .max(200)
  .optional();

/** `false` or null switches a command off; absent means that the runner finds it. */
const command = z.union([z.string().trim().min(1).max(2_000), z.literal(false), z.null()]).optional();

/** `.github/patchpilot.yml`: what a repository asks for beyond the operator's policy. It can tighten, never loosen. */
export const repositoryFileSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(1).optional(),
  policy: z
    .strictObject({
      maxFiles: limit,
      maxChangedLines: limit,
      maxOtherFiles: limit,
      maxOtherLines: limit,
      maxDeletedFiles: limit,
      maxLineLength: limit,
      maxDiffKilobytes: limit,
      requireTest: z.boolean().optional(),
      deletedTests: z.enum(["deny", "require_approval", "allow"]).optional(),
      deniedLicenses: globs,
      codeowners: z.enum(["ignore", "require_approval"]).optional(),
      maxOpenPullRequests: limit,
      maxPullRequestsPerDay: limit,
      maxCostUsd: z.number().positive().optional(),
    })
    .nullish(),
  paths: z
    .strictObject({
      /** Denied. */
      blocked: globs,
      /** A person has to approve. */
      approval: globs,
      /** All that may be touched. */
      allowed: globs,
      /** What else counts as a test. */
      tests: globs,
    })
    .nullish(),
  /** Command lines, each run by `sh -c` in the repository's root. */
  commands: z
    .strictObject({ install: command, format: command, lint: command, test: command, "test-files": command })
    .nullish(),
});
export type RepositoryFile = z.infer<typeof repositoryFileSchema>;

export type RepositoryFileReading = { ok: true; file: RepositoryFile } | { ok: false; reason: string };

/** Reads the parsed YAML; every fault names its key. An empty file asks for nothing. */
export function readRepositoryFile(value: unknown): RepositoryFileReading {
  const read = repositoryFileSchema.safeParse(value ?? {});
  if (read.success) return { ok: true, file: read.data };
  const faults = read.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`);
  return { ok: false, reason: faults.join("; ") };
}

/** JSON Schema (2020-12) of the file, for editors. */
export function composeRepositoryFileSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(repositoryFileSchema, { io: "input" }),
    title: ".github/patchpilot.yml",
    description: "What a repository asks of Patchpilot beyond the operator's policy. It can tighten, never loosen.",
  };
}
