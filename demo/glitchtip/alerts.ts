import type { Issue } from "../sentry/model.ts";
import type { SentryState } from "../sentry/state.ts";
import type { ProjectAlert } from "./model.ts";

/**
 * Which issues an alert tells of now (apps/alerts/tasks.py): with enough events in its time span, an event since the last
 * look, and never told of by this alert before, not even when they come back.
 */
export class AlertWatch {
  readonly #touched = new Set<string>();
  readonly #state: SentryState;
  readonly #alert: ProjectAlert;

  constructor(state: SentryState, alert: ProjectAlert) {
    this.#state = state;
    this.#alert = alert;
  }

  noteEvent(issueId: string): void {
    this.#touched.add(issueId);
  }

  takeDue(nowMs: number): Issue[] {
    const sinceMs = nowMs - this.#alert.timespanMinutes * 60_000;
    const due: Issue[] = [];
    for (const issueId of this.#touched) {
      const issue = this.#state.issues.get(issueId);
      const recent = issue?.events.filter((event) => event.receivedMs >= sinceMs).length ?? 0;
      if (!issue || recent < this.#alert.quantity) continue;
      if (this.#state.claimAlert(issueId, Number.POSITIVE_INFINITY, nowMs)) due.push(issue);
    }
    this.#touched.clear();
    return due;
  }
}
