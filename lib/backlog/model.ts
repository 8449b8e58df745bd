import * as z from "zod";

const globs = z.array(z.string().min(1).max(300)).max(100);

/** Checklists in the repository that become issues. */
export const backlogPolicySchema = z.strictObject({
  isOn: z.boolean().default(false),
  /** Markdown files whose open items count; globs like .gitignore's. */
  paths: globs.default(["/TODO.md", "/BACKLOG.md", "/ROADMAP.md", "/docs/backlog.md"]),
  /** New issues of one look. */
  maxNewIssues: z.number().int().min(0).max(50).default(5),
});
export type BacklogPolicy = z.infer<typeof backlogPolicySchema>;

/** What is looked for in the code while nothing else is to be done. */
export const scanPolicySchema = z.strictObject({
  isOn: z.boolean().default(false),
  /** Where marks in the code do not count. */
  ignoredPaths: globs.default(["node_modules/", "vendor/", "dist/", "*.md", "*.min.js", "*.lock"]),
  maxNewIssues: z.number().int().min(0).max(20).default(3),
  /** With this many of its proposals open nothing is proposed. */
  maxOpenIssues: z.number().int().min(1).max(100).default(10),
  /** With more incidents and requests than this at work there is no capacity. */
  maxAtWork: z.number().int().min(0).max(100).default(2),
});
export type ScanPolicy = z.infer<typeof scanPolicySchema>;

/** An open item of a checklist; `line` counts from 1. */
export interface ChecklistItem {
  path: string;
  line: number;
  text: string;
  /** The nearest heading above it. */
  heading: string | null;
}

/** A place in the code that somebody or something wants looked at. */
export interface Finding {
  /** todo, fixme, or the analyser's name. */
  tool: string;
  rule: string;
  path: string;
  line: number;
  text: string;
}

/** An issue that may be made. `mark` is what it is known by again, in the issue's own signed marker. */
export interface Proposal {
  mark: string;
  title: string;
  body: string;
  /** Where it comes from, for people. */
  from: string;
}

/** An issue of the repository, open or closed. `mark` is read from a marker of ours, null in everybody else's. */
export interface KnownIssue {
  number: number;
  url: string;
  title: string;
  state: "open" | "closed";
  mark: string | null;
}

/** What became of a proposal, or would. */
export interface Proposed extends Proposal {
  outcome: "known" | "duplicate" | "created" | "would_create" | "over_cap" | "held";
  issue: { number: number; url: string } | null;
  reason: string;
}
