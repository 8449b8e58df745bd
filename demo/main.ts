import { parseArgs } from "node:util";
import { readEffects } from "./effects.ts";
import { playWithKills } from "./kill.ts";
import { SCENARIOS } from "./scenarios/index.ts";
import type { Scenario } from "./scenarios/model.ts";
import { settle } from "./settle.ts";
import { openStage } from "./stage.ts";
import { followStories, readStories } from "./story.ts";

const USAGE = `Usage: npm run demo -- [--scenario NAME] [--model] [--json] [--verbose]
       npm run demo -- --kills N
       npm run demo -- --list

One incident from first alert to verdict, in the demo world. Exit code 0 only when it ended as it should.
--model has incidents looked at by the demo's model, which is none but a few rules.
--kills plays the crash scenario under kill -9 of the control plane at N random moments.
--json prints the incident with its timeline as one document; everything else goes to standard error.`;

/** Runs one scenario; answers what happened and what did not end as it should. */
async function play(
  scenario: Scenario,
  tell: (line: string) => void,
  options: { isVerbose: boolean; hasModel: boolean },
) {
  tell(`${scenario.name}: ${scenario.title}`);
  const stage = await openStage({
    ...scenario.stage,
    ...(options.hasModel && { hasModel: true }),
    log: options.isVerbose ? tell : () => {},
  });
  try {
    const deadlineMs = Date.now() + scenario.timeoutSeconds * 1_000;
    await scenario.begin(stage);
    await followStories(stage, tell, (stories) => scenario.isOver(stories), deadlineMs);
    await settle(stage);
    const stories = await readStories(stage);
    const effects = await readEffects(stage.world);
    const isOver = scenario.isOver(stories);
    const problems = [
      ...(isOver ? [] : [`it was not over after ${scenario.timeoutSeconds} s`]),
      ...scenario.judge(stories, effects),
      ...((await scenario.examine?.(stage, tell)) ?? []),
    ];
    return {
      scenario: scenario.name,
      ok: problems.length === 0,
      problems,
      incident: stories[0] ?? null,
      incidents: stories.length,
      effects,
    };
  } finally {
    await stage.close();
  }
}

const KILLS_TIMEOUT_SECONDS = 280;

async function playKills(kills: number): Promise<number> {
  if (!Number.isInteger(kills) || kills < 1) {
    console.error("--kills takes a whole number above 0");
    return 2;
  }
  const problems = await playWithKills(kills, (line) => console.error(line), KILLS_TIMEOUT_SECONDS);
  for (const problem of problems) console.error(`not as it should: ${problem}`);
  console.error(
    problems.length === 0
      ? `recovered under ${kills} kills: one issue, one branch, one pull request, one closing`
      : "failed",
  );
  return problems.length === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const options = {
    scenario: { type: "string" },
    model: { type: "boolean" },
    json: { type: "boolean" },
    list: { type: "boolean" },
    verbose: { type: "boolean" },
    kills: { type: "string" },
    help: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ options });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  if (values.list) {
    for (const { name, title } of SCENARIOS) console.log(`${name.padEnd(18)}${title}`);
    return 0;
  }
  if (values.kills !== undefined) return playKills(Number(values.kills));
  const name = values.scenario ?? "crash";
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (!scenario) {
    console.error(`there is no scenario ${name}: ${SCENARIOS.map((one) => one.name).join(", ")}`);
    return 2;
  }
  const result = await play(scenario, (line) => console.error(line), {
    isVerbose: values.verbose ?? false,
    hasModel: values.model ?? false,
  });
  if (values.json) console.log(JSON.stringify(result, null, 2));
  for (const problem of result.problems) console.error(`not as it should: ${problem}`);
  console.error(result.ok ? `${name}: ended as it should` : `${name}: failed`);
  return result.ok ? 0 : 1;
}

process.exit(await main());
