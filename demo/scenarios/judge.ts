import type { IncidentStory } from "../../lib/insight/model.ts";
import type { Effects } from "./model.ts";

const ENDS = ["recovered", "done", "escalated", "ignored"];

/** Every incident has come to an end, and there is at least one. */
export function allEnded(stories: readonly IncidentStory[]): boolean {
  return stories.length > 0 && stories.every((story) => ENDS.includes(story.incident.state));
}

/** Faults of a scenario that has to end with one incident in `state` after `attempts`, and these effects outside. */
export function judgeOne(
  stories: readonly IncidentStory[],
  effects: Effects,
  expected: { state: string; attempts: number; pullRequests: number; closings: number },
): string[] {
  const [story, ...others] = stories;
  if (!story) return ["no incident was opened"];
  const ours = effects.branches.filter((branch) => branch.startsWith("patchpilot/"));
  const expect = (what: string, found: unknown, wanted: unknown) =>
    found === wanted ? [] : [`${what}: ${found}, and ${wanted} was expected`];
  return [
    ...expect("incidents", 1 + others.length, 1),
    ...expect("state", story.incident.state, expected.state),
    ...expect("runs", story.runs.length, expected.attempts),
    ...expect("issues", effects.issues.length, 1),
    ...expect("closings of the issue", effects.issues[0]?.closings ?? 0, expected.closings),
    ...expect("pull requests", effects.pullRequests.length, expected.pullRequests),
    ...expect("branches of ours", ours.length, expected.pullRequests),
    ...effects.commits
      .filter((commit) => !commit.isVerified)
      .map((commit) => `commit ${commit.sha} on ${commit.branch} is not verified`),
    ...effects.pullRequests
      .filter((pull) => !pull.isDraftOpened)
      .map((pull) => `pull request #${pull.number} was not opened as a draft`),
  ];
}
