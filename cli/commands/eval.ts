import { parseArgs } from "node:util";
import { readEnvironment } from "../../lib/config/env.ts";
import { readConfig } from "../../lib/config/read-config.ts";
import type { CaseResult } from "../../lib/evals/model.ts";
import { renderAblation, renderEvals } from "../../lib/evals/render-evals.ts";
import type { LanguageModel } from "../../lib/llm/ports.ts";
import { createModel } from "../../lib/wiring/model.ts";
import { type Command, type ExitCode, print, UsageError } from "../command.ts";
import { loadEnvFile } from "../load-env-file.ts";

const LLM_SETTINGS = ["LLM_MODEL", "LLM_BASE_URL", "ANTHROPIC_API_KEY", "OPENAI_API_KEY"] as const;

/** The model that the environment names; what else is set there is no matter for the evals. */
function liveModel(): LanguageModel {
  const environment = { ...loadEnvFile(".env"), ...readEnvironment() };
  const own = LLM_SETTINGS.flatMap((name) => (environment[name] ? [[name, environment[name]] as const] : []));
  const read = readConfig(Object.fromEntries(own));
  if (!read.ok) throw new UsageError(read.faults.join("; "));
  const model = createModel(read.config);
  if (model === null) throw new UsageError("LLM_MODEL is not set: --live asks the model that it names");
  return model;
}

/** One case for machines: everything but the long texts. */
function compact({ observed, ...result }: CaseResult) {
  const { issueText: _, briefText: _b, promptText: _p, timelineText: _t, logText: _l, ...seen } = observed;
  return { ...result, observed: seen };
}

const onRun = (what: string, cases: number) => console.error(`eval: ${cases} cases, ${what}`);

/** Plays recorded incidents through the machine and judges how they end. The cases are no part of a deployment. */
export const evalCommand: Command = {
  name: "eval",
  summary: "play the recorded incidents and judge how they end",
  usage: `Usage: patchpilot eval [CASE…] [--ablation] [--live] [--json]

Plays the incidents of test/evals/cases without network, with recorded model answers. --ablation takes memory, suspects,
model and each section of the prompt away in turn, and fails where nothing differs. --live asks the model that LLM_MODEL
names instead of the recorded one: that costs money.`,
  async run(args): Promise<ExitCode> {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { ablation: { type: "boolean" }, live: { type: "boolean" }, json: { type: "boolean" } },
    });
    const asJson = values.json ?? false;
    const live = values.live ? liveModel() : null;
    const { runAblation, runEvals } = await import("../../test/evals/run-evals.ts");
    const options = { live, names: positionals, onRun };
    try {
      return values.ablation
        ? printAblation(await runAblation(options), asJson)
        : printEvals(await runEvals(options), asJson);
    } catch (thrown) {
      if (thrown instanceof RangeError) throw new UsageError(thrown.message);
      throw thrown;
    }
  },
};

function printEvals({ results, score }: Awaited<ReturnType<Runs["runEvals"]>>, asJson: boolean): ExitCode {
  const document = { results: results.map(compact), score };
  print(document, asJson, () => renderEvals(results, score));
  return score.passed === score.cases ? 0 : 1;
}

function printAblation({ whole, variants }: Awaited<ReturnType<Runs["runAblation"]>>, asJson: boolean): ExitCode {
  const document = { everything: whole.score, variants };
  print(document, asJson, () => renderAblation(whole.score, variants));
  const passed = whole.score.passed === whole.score.cases;
  return passed && variants.some(({ differs }) => differs) ? 0 : 1;
}

type Runs = typeof import("../../test/evals/run-evals.ts");
