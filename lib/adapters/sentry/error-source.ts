import type { ErrorSource } from "../../investigate/ports.ts";
import { AppError } from "../../kernel/errors.ts";
import { nullWhenMissing } from "../http.ts";
import { issuePath, type SentryClient, type SentryConfig } from "./client.ts";
import { readSentryEvent, sentryEventSchema } from "./event.ts";
import { readSentryIssue, type SentryIssue, sentryIssueSchema } from "./issue.ts";

function assertOurs(issue: SentryIssue, project: string | null): void {
  if (project === null || issue.project.slug === project || issue.project.id === project) return;
  throw new AppError("source_issue_foreign", `the Sentry issue belongs to ${issue.project.slug}, not to ${project}`, {
    retry: "never",
    context: { issueId: issue.id, project: issue.project.slug },
  });
}

/** ErrorSource on Sentry. AppError `source_issue_foreign` for an issue of another project than the configured one. */
export function createErrorSource(client: SentryClient, config: SentryConfig): ErrorSource {
  return {
    async findIssue(issueId) {
      const answer = await nullWhenMissing(client.get(issuePath(issueId), {}, sentryIssueSchema));
      if (answer === null) return null;
      assertOurs(answer.value, config.project);
      return readSentryIssue(answer.value);
    },
    async findLatestEvent(issueId) {
      const query = config.environment === null ? {} : { environment: config.environment };
      const path = issuePath(issueId, "events/latest/");
      const answer = await nullWhenMissing(client.get(path, query, sentryEventSchema));
      return answer === null ? null : readSentryEvent(answer.value);
    },
  };
}
