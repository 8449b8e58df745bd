/** Where this Sentry lives: what its URLs and ids are made of. */
export interface SentryPlace {
  url: string;
  org: string;
  project: string;
  projectId: string;
  publicKey: string;
  issuePage(issueId: string): string;
  eventPage(issueId: string, eventId: string): string;
  issueApi(issueId: string): string;
  eventApi(eventId: string): string;
}

export function sentryPlace(
  url: string,
  org: string,
  project: string,
  identity: { projectId: string; publicKey: string },
): SentryPlace {
  return {
    url,
    org,
    project,
    projectId: identity.projectId,
    publicKey: identity.publicKey,
    issuePage: (issueId) => `${url}/organizations/${org}/issues/${issueId}/`,
    eventPage: (issueId, eventId) => `${url}/organizations/${org}/issues/${issueId}/events/${eventId}/`,
    issueApi: (issueId) => `${url}/api/0/organizations/${org}/issues/${issueId}/`,
    eventApi: (eventId) => `${url}/api/0/projects/${org}/${project}/events/${eventId}/`,
  };
}
