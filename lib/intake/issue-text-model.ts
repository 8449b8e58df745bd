import * as z from "zod";
import type { Frame } from "./model.ts";

export const PERMISSIONS = ["admin", "maintain", "write", "triage", "read", "none"] as const;
export type Permission = (typeof PERMISSIONS)[number];

const labelSchema = z
  .union([z.string(), z.object({ name: z.string() })])
  .transform((label) => (typeof label === "string" ? label : label.name));

/**
 * A GitHub issue and who wrote it, as `explain github-issue` takes it. A deleted account has no `author`. `permission` is
 * what GitHub says of a person's rights where it was asked; without it the association has to do.
 */
export const githubIssueTextSchema = z.object({
  title: z.string().nullable(),
  body: z.string().nullable(),
  labels: z
    .array(labelSchema)
    .nullish()
    .transform((labels) => labels ?? []),
  author: z.object({ login: z.string(), type: z.string().nullish() }).nullish(),
  authorAssociation: z.string().nullish(),
  permission: z.enum(PERMISSIONS).nullish(),
});
export type GithubIssueText = z.infer<typeof githubIssueTextSchema>;

/** The Sentry issue that a GitHub issue was made of. `permalink` comes without its query. */
export interface SentryReference {
  issueId: string;
  /** The older plugin and a link in the address bar name none. */
  shortId: string | null;
  permalink: string;
}

/** What a GitHub issue is to us. Nothing of a refused one is handed on: `sentry` and `environment` null, `frames` empty. */
export interface GithubIssueReading {
  accepted: boolean;
  reason: string;
  sentry: SentryReference | null;
  /** Only where somebody wrote or labelled it: Sentry's text names none. */
  environment: string | null;
  /** Sentry's order, the crash frame last; at most six, Sentry prints no more. Empty for an event without a stack. */
  frames: Frame[];
}
