/** What publishing made. */
export interface Published {
  branch: string;
  commit: { sha: string; url: string; isVerified: boolean };
  pullRequest: { number: number; url: string; isDraft: boolean };
  /** Ids of the incident's earlier pull requests that were closed for this one. */
  supersededIds: string[];
}
