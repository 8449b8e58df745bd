import type { Config } from "../config/read-config.ts";
import type { SourceSecret } from "../http/webhooks-app.ts";
import type { IntakeFacts } from "../intake/decide-first-step.ts";
import type { WatchedSentry } from "../intake/decide-issue-intake.ts";
import type { Source } from "../intake/model.ts";

/** What vouches for each source's deliveries; null where the source is not configured. */
export function secretsOf(config: Config): Record<Source, SourceSecret | null> {
  const { sentry, glitchtip, github, vercel } = config;
  return {
    sentry: { secret: sentry.clientSecret, addressToken: sentry.webhookToken },
    glitchtip: glitchtip && { secret: null, addressToken: glitchtip.webhookToken },
    github: github && { secret: github.webhookSecret, addressToken: null },
    vercel: vercel && { secret: vercel.webhookSecret, addressToken: null },
    telegram: null,
    slack: null,
  };
}

/** What the door knows of the watched project. */
export function intakeFacts(config: Config): Omit<IntakeFacts, "source"> {
  return {
    environment: config.sentry.environment,
    sourceProject: config.sentry.api?.project ?? null,
    repository: config.github?.repository ?? null,
    vercelProjectId: config.vercel?.projectId ?? null,
    organization: config.sentry.api?.org ?? null,
    reviews: reviewsOf(config),
  };
}

/** Without a model nothing can be reviewed: pull requests of others then concern nobody here. */
function reviewsOf({ llm, policy }: Config): NonNullable<IntakeFacts["reviews"]> {
  const isOn = llm !== null && policy.review.enabled;
  return { pulls: isOn, issues: isOn && policy.review.answersIssues };
}

/** The Sentry whose issues count, as an issue on the code host names it. */
export function watchedSentry({ sentry }: Config): WatchedSentry {
  return { host: new URL(sentry.url).host, org: sentry.api?.org ?? null };
}
