import type { IncidentStory } from "../../lib/insight/model.ts";
import type { DemoStage, StageOptions } from "../stage.ts";

/** What the outside holds after a scenario, as its providers tell it. */
export interface Effects {
  /** `closings` are those by an App: a merge that says "Closes" closes for the person who merged. */
  issues: { number: number; title: string; state: string; closings: number; comments: number; labels: string[] }[];
  pullRequests: { number: number; headRef: string; isDraftOpened: boolean; isMerged: boolean }[];
  branches: string[];
  commits: { branch: string; sha: string; isVerified: boolean }[];
  /** Issues of the error tracker that the shop reports to. */
  sourceIssues: { title: string; status: string; events: number }[];
}

/** One incident from first alert to verdict, a pull request from its first review to its last, or the proof that nothing happened. */
export interface Scenario {
  name: string;
  /** What it shows, in one line. */
  title: string;
  stage?: Pick<
    StageOptions,
    | "workerMode"
    | "alertEveryMs"
    | "tracker"
    | "hasTracing"
    | "hasTraffic"
    | "losesWebhooks"
    | "hasModel"
    | "modelMode"
    | "policy"
  >;
  /** Longest run, in seconds. */
  timeoutSeconds: number;
  /** Sets the scenario going. */
  begin(stage: DemoStage): Promise<void>;
  isOver(stories: readonly IncidentStory[]): boolean;
  /** What did not end as it should; nothing when all did. */
  judge(stories: readonly IncidentStory[], effects: Effects): string[];
  /** What else did not end as it should, by what the control plane itself says at the end; `tell` for the reader. */
  examine?(stage: DemoStage, tell: (line: string) => void): Promise<string[]>;
}
