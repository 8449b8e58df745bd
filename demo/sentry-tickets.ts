import type { DemoGitHub } from "./github/index.ts";
import type { Log } from "./kit/serve.ts";
import type { DemoSentry } from "./sentry/index.ts";
import { renderTicket } from "./sentry/render-ticket.ts";

const APP = "sentry-io";
const LOOK_MS = 250;

/**
 * Sentry's GitHub integration with an alert rule "make an issue when one is seen more than `minEvents` times": its App
 * writes one GitHub issue for each Sentry issue, as `sentry-io[bot]`.
 */
export function startSentryTickets(options: {
  sentry: DemoSentry;
  github: DemoGitHub;
  org: string;
  minEvents: number;
  log: Log;
}): { stop(): void } {
  const { sentry, github, org } = options;
  github.addApp(APP);
  const bot = github.person(`${APP}[bot]`);
  const told = new Set<string>();
  const look = async () => {
    for (const issue of sentry.issues()) {
      if (told.has(issue.id) || issue.count < options.minEvents) continue;
      told.add(issue.id);
      const root = `${sentry.url}/organizations/${org}`;
      const links = {
        issueUrl: `${root}/issues/${issue.id}/`,
        rule: "Errors in production",
        ruleUrl: `${root}/alerts/rules/shop/1/`,
      };
      const { title, body } = renderTicket(issue, links);
      const number = await bot.openIssue(title, body);
      options.log(`sentry: its GitHub integration made issue #${number} of ${issue.shortId}`);
    }
  };
  const timer = setInterval(() => {
    look().catch((error) => options.log(`sentry: ${error instanceof Error ? error.message : error}`));
  }, LOOK_MS);
  return { stop: () => clearInterval(timer) };
}
