import type { WritePermit } from "../kernel/write.ts";

/**
 * The incident's issue on the code host. Every write looks for what it made before (a signed marker in content written
 * by our own App), so that each can be repeated after a crash without making anything twice.
 */
export interface IncidentIssues {
  /** Finds the issue that carries this incident's marker, or creates it. */
  ensureIssue(
    permit: WritePermit,
    input: { marker: string; title: string; body: string; labels: readonly string[] },
  ): Promise<{ number: number; url: string }>;
  /** Sets title and body (the marker is added again); nothing is sent when both are as they should be. */
  updateIssue(
    permit: WritePermit,
    input: { number: number; marker: string; title: string; body: string },
  ): Promise<void>;
  /** Creates or edits the one living comment that carries `marker` on this issue or pull request. */
  ensureComment(permit: WritePermit, input: { number: number; marker: string; body: string }): Promise<{ url: string }>;
  /** Adds the missing ones of `labels`, and removes labels that start with `patchpilot` and are not among them. */
  ensureLabels(permit: WritePermit, input: { number: number; labels: readonly string[] }): Promise<void>;
  ensureClosed(permit: WritePermit, input: { number: number; reason: "completed" | "not_planned" }): Promise<void>;
  ensureOpen(permit: WritePermit, input: { number: number }): Promise<void>;
}
