import type { Log } from "./kit/serve.ts";
import { MAINTAINER, type World } from "./world.ts";

const LOOK_MS = 500;

export interface Maintainer {
  /** Busy with something else: merges nothing until `resume`. */
  pause(): void;
  resume(): void;
  stop(): void;
}

/**
 * The maintainer: looks at Patchpilot's drafts as a person would, marks a draft ready once its gate check passed, and
 * merges it. Patchpilot itself never merges.
 */
export function startMaintainer(world: World, options: { thinkMs: number; log: Log }): Maintainer {
  const { github } = world;
  const person = github.person(MAINTAINER);
  const handled = new Set<number>();
  const look = async () => {
    for (const pull of github.pulls()) {
      const isOurs = pull.headRef.startsWith("patchpilot/") && pull.mergedAt === null;
      const hasPassed = github
        .checkRuns(pull.headSha)
        .some((run) => run.name === "patchpilot/gate" && run.conclusion === "success");
      if (!isOurs || !hasPassed || handled.has(pull.number)) continue;
      handled.add(pull.number);
      await new Promise((resolve) => setTimeout(resolve, options.thinkMs));
      if (pull.draft) await person.markReady(pull.number);
      await person.merge(pull.number);
      options.log(`maintainer: ${MAINTAINER} reviewed and merged pull request #${pull.number}`);
    }
  };
  let isLooking = false;
  let isPaused = false;
  const timer = setInterval(() => {
    if (isLooking || isPaused) return;
    isLooking = true;
    look()
      .catch((error) => options.log(`maintainer: ${error instanceof Error ? error.message : error}`))
      .finally(() => {
        isLooking = false;
      });
  }, LOOK_MS);
  return {
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
    },
    stop: () => clearInterval(timer),
  };
}
