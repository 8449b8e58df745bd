import type { BacklogOutside, ScanOutside } from "../backlog/index.ts";
import type { Config } from "../config/read-config.ts";
import type { Providers } from "./providers.ts";

/** What keeping the backlog works with; null without a code host. */
export function backlogOutside({ policy }: Config, { github, outbound }: Providers): BacklogOutside | null {
  if (github === null) return null;
  const { codeHost: code, workReader: work, incidentIssues: issues } = github;
  return { code, work, issues, outbound, settings: policy.backlog };
}

/** The same of scanning the repository. */
export function scanOutside({ policy }: Config, { github, outbound }: Providers): ScanOutside | null {
  if (github === null) return null;
  const { codeHost: code, workReader: work, incidentIssues: issues } = github;
  return { code, work, issues, outbound, settings: policy.scan };
}
