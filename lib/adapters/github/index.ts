import type { IncidentIssues } from "../../alerts/ports.ts";
import type { IssueReader } from "../../intake/ports.ts";
import type { RepositoryReader } from "../../investigate/ports.ts";
import type { FailedDeliveries } from "../../reconcile/ports.ts";
import type { CommitGraph } from "../../recovery/ports.ts";
import type { CodeHost } from "../../repair/ports.ts";
import { createGitHubClient } from "./client.ts";
import { createCodeHost, getPermission } from "./code-host.ts";
import type { GitHubConfig } from "./config.ts";
import { createFailedDeliveries } from "./hook-deliveries.ts";
import { createIssueReader } from "./issue-reader.ts";
import { createIncidentIssues } from "./issues.ts";
import { createMarkers } from "./markers.ts";
import { createCommitGraph, createRepositoryReader } from "./repository.ts";

export type { GitHubConfig } from "./config.ts";

export interface GitHub {
  incidentIssues: IncidentIssues;
  issueReader: IssueReader;
  repositoryReader: RepositoryReader;
  codeHost: CodeHost;
  commitGraph: CommitGraph;
  failedDeliveries: FailedDeliveries;
}

/** One repository on GitHub, through our App's installation on it. Nothing is sent before the first call. */
export function createGitHub(config: GitHubConfig): GitHub {
  const client = createGitHubClient(config);
  return {
    incidentIssues: createIncidentIssues(client, createMarkers(config.markerKey)),
    issueReader: createIssueReader(client, (login) => getPermission(client, login)),
    repositoryReader: createRepositoryReader(client),
    codeHost: createCodeHost(client),
    commitGraph: createCommitGraph(client),
    failedDeliveries: createFailedDeliveries(client),
  };
}
