import * as z from "zod";
import type { FileRole } from "../kernel/read-file-role.ts";
import type { FileChange } from "./diff-model.ts";
import { DEFAULT_APPROVAL_PATHS } from "./gate-paths-model.ts";

/** Licences that a product cannot take in unseen: strong copyleft, source-available, none. SPDX names, `*` stands for anything. */
export const DEFAULT_DENIED_LICENSES = [
  "AGPL-*",
  "GPL-*",
  "SSPL-*",
  "BUSL-*",
  "CC-BY-NC*",
  "Elastic-*",
  "Commons-Clause*",
  "UNLICENSED",
] as const;

const globs = z.array(z.string().min(1).max(300)).max(500);
const count = z.number().int().min(0);

/**
 * What the gate allows. Each part may be left out and is then its default. Globs are like .gitignore's: without a slash at any depth, with
 * one from the root (and, unless it starts with "/", below any folder too), `!` takes back, case never matters. `blockedPaths` adds to the list that always holds;
 * `approvalPaths` replaces its default; `allowedPaths`, where given, is all that may be touched. Lines are added plus deleted ones, of
 * everything but tests and docs; those have the `…Other…` limits together. `requireTest` is about bug fixes. `codeowners` asks for a person
 * where CODEOWNERS names one. The last three are about all of our pull requests and the run's cost; null: no limit.
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
  deletedTests: z.enum(["deny", "require_approval", "allow"]).default("deny"),
  deniedLicenses: globs.default([...DEFAULT_DENIED_LICENSES]),
  codeowners: z.enum(["ignore", "require_approval"]).default("ignore"),
  maxOpenPullRequests: count.nullable().default(5),
  maxPullRequestsPerDay: count.nullable().default(20),
  maxCostUsd: z.number().positive().nullable().default(null),
});
export type GatePolicy = z.infer<typeof policySchema>;

export const gateInputSchema = z.object({
  diff: z.string(),
  policy: z.unknown().optional(),
  taskKind: z.string().nullish(),
  codeowners: z.string().nullish(),
});

export const GATE_VERDICTS = ["allow", "deny", "require_approval"] as const;
export type GateVerdict = (typeof GATE_VERDICTS)[number];

export interface GateReason {
  rule: string;
  path?: string;
  /** Of the new file, from 1, where one line is meant. */
  line?: number;
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
  /** The line numbers of `added` in the new file. */
  addedAt: number[];
}
