import type { Config } from "../config/read-config.ts";
import type { LanguageModel } from "../llm/ports.ts";
import { type ReviewOutside, sweepPulls } from "../review/index.ts";
import type { Context } from "../runtime/context.ts";
import { DEFAULT_PROJECT_ID } from "./project.ts";
import { createProviders, type Providers } from "./providers.ts";

/** What reviewing works with; null without a code host. */
export function reviewOutside(
  { policy }: Config,
  { github, outbound }: Providers,
  model: LanguageModel | null,
): ReviewOutside | null {
  if (github === null) return null;
  const { prices, dailyUsd, maxOutputTokens, callSeconds } = policy.model;
  return {
    ...{ host: github.reviewHost, model, outbound },
    code: {
      webUrl: () => github.codeHistory.webUrl(),
      findCommit: (ref) => github.repositoryReader.findCommit(ref),
      findFiles: (words, limit) => github.codeView.findFiles(words, limit),
    },
    settings: {
      ...{ projectId: DEFAULT_PROJECT_ID, policy: policy.review },
      ...{ prices, dailyUsd, maxOutputTokens, callSeconds },
    },
  };
}

/** Why no pull request is reviewed, or null where they are. */
export function whyNoReviews({ github, llm, policy }: Config): string | null {
  if (github === null) return "GitHub is not configured";
  if (llm === null) return "LLM_MODEL is not set";
  return policy.review.enabled ? null : "policy.review.enabled is false";
}

/** Looks once for what no webhook told of. */
export async function sweepOnce(config: Config, ctx: Context): Promise<Record<string, unknown>> {
  const why = whyNoReviews(config);
  if (why !== null) return { reviews: `off: ${why}` };
  const reviewer = reviewOutside(config, createProviders(config, ctx), null);
  return reviewer ? { ...(await sweepPulls(ctx, reviewer)) } : {};
}
