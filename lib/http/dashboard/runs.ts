import { html } from "hono/html";
import type { CommandView, IncidentStory, RunView } from "../../insight/model.ts";
import { durationText, type Html, renderAgo } from "./parts.ts";

const RUN_WORDS: Readonly<Record<string, { label: string; tone: string }>> = {
  queued: { label: "waits for a runner", tone: "quiet" },
  claimed: { label: "at work", tone: "work" },
  reported: { label: "being judged", tone: "work" },
  published: { label: "published", tone: "ok" },
  denied: { label: "denied by the gate", tone: "bad" },
  failed: { label: "failed", tone: "bad" },
};

const COMMAND_WORDS: Readonly<Record<string, string>> = {
  install: "Install",
  format: "Format",
  lint: "Lint",
  test: "Tests",
  "test-again": "Tests once more",
  "test-on-base": "Tests without the patch",
  "new-test-on-base": "New test on the broken code",
  "new-test-on-patch": "New test on the patched code",
};

const MAX_DIFF_CHARACTERS = 60_000;

/** Every attempt, the newest first. */
export function renderRuns({ runs }: IncidentStory, now: Date): Html | null {
  if (runs.length === 0) return null;
  return html`<section aria-labelledby="runs-title"><h2 id="runs-title">Repair attempts</h2>${runs.toReversed().map((run) => renderRun(run, now))}</section>`;
}

function renderRun(run: RunView, now: Date): Html {
  const { label, tone } = RUN_WORDS[run.state] ?? { label: run.state, tone: "quiet" };
  const facts = [
    run.worker?.name ?? run.profile,
    run.worker?.model,
    run.runnerId && `on ${run.runnerId}`,
    run.state === "claimed" && run.phase && `phase ${run.phase}`,
    run.costUsd !== null && `$${run.costUsd.toFixed(2)}`,
    run.claimedAt && run.finishedAt && `took ${durationText(Date.parse(run.finishedAt) - Date.parse(run.claimedAt))}`,
  ].filter((fact) => typeof fact === "string");
  return html`<article class="card run" aria-labelledby="${run.id}">
<h3 id="${run.id}">${nameOf(run)}: <span class="badge tone-${tone}">${label}</span></h3>
<p class="muted small">${facts.join(" · ")} · ${renderAgo(run.createdAt, now)}</p>
${run.reason && html`<p class="error-text">${run.reason}</p>`}
${run.summary && html`<p>${run.summary}</p>`}
${run.gate && renderGate(run.gate)}
${run.commands.length > 0 && renderCommands(run)}
${run.diff && renderDiff(run, run.diff)}
</article>`;
}

function nameOf({ attempt, round, taskKind }: RunView): string {
  if (round !== null) return `Attempt ${attempt}, round ${round.round} of pull request #${round.pullNumber}`;
  return taskKind === "plan" ? `Attempt ${attempt}, a plan` : `Attempt ${attempt}`;
}

const GATE_WORDS = { allow: "let it pass", deny: "refused it", require_approval: "wants a person's approval" } as const;

function renderGate({ verdict, reasons }: NonNullable<RunView["gate"]>): Html {
  return html`<p>The gate ${GATE_WORDS[verdict]}${reasons.length > 0 ? ":" : "."}</p>
${reasons.length > 0 && html`<ul class="reasons small">${reasons.map((reason) => html`<li>${reason.path && html`<code>${reason.path}</code>: `}${reason.detail} <span class="muted">(${reason.rule})</span></li>`)}</ul>`}`;
}

function renderCommands(run: RunView): Html {
  return html`<table class="commands" role="table"><caption class="sr-only">Commands of attempt ${run.attempt}</caption>
<thead role="rowgroup"><tr role="row"><th scope="col" role="columnheader">Check</th><th scope="col" role="columnheader">Result</th><th scope="col" role="columnheader" class="number">Time</th></tr></thead>
<tbody role="rowgroup">${run.commands.map((command, index) => renderCommand(command, `${run.id}-${index}`))}</tbody></table>`;
}

/** The new test has to fail on the broken code: that is what shows the error. */
function judgeCommand(command: CommandView): { isGood: boolean; text: string } {
  if (command.timedOut) return { isGood: false, text: "timed out" };
  const passed = command.exitCode === 0;
  if (command.name === "new-test-on-base") {
    return passed
      ? { isGood: false, text: "passes: does not show the error" }
      : { isGood: true, text: "fails, as it has to" };
  }
  // Asked to tell what the patch broke from what was broken before.
  if (command.name === "test-on-base" && !passed) return { isGood: true, text: "fails without the patch too" };
  return { isGood: passed, text: passed ? "passes" : `fails (exit ${command.exitCode ?? "unknown"})` };
}

function renderCommand(command: CommandView, key: string): Html {
  const { isGood, text } = judgeCommand(command);
  const name = COMMAND_WORDS[command.name] ?? command.name;
  return html`<tr role="row"><td role="cell">${name}<br><code class="small">${command.command}</code>${
    command.outputTail.trim() !== "" &&
    html`<details data-key="${key}"><summary class="small">Output</summary><pre tabindex="0" aria-label="Output: ${name}">${command.outputTail}</pre></details>`
  }</td><td role="cell"><span class="badge tone-${isGood ? "ok" : "bad"}"><span aria-hidden="true">${isGood ? "✓" : "✗"}</span> ${text}</span></td><td role="cell" class="number nowrap">${durationText(command.durationMs)}</td></tr>`;
}

function lineClass(line: string): string {
  if (/^(?:diff |index |--- |\+\+\+ |new file|deleted file|similarity|rename )/.test(line)) return "d-head";
  if (line.startsWith("@@")) return "d-hunk";
  if (line.startsWith("+")) return "d-add";
  return line.startsWith("-") ? "d-del" : "d-same";
}

function renderDiff(run: RunView, diff: string): Html {
  const lines = diff.slice(0, MAX_DIFF_CHARACTERS).replace(/\n$/, "").split("\n");
  const changed = lines.filter((line) => /^[+-](?![+-]{2} )/.test(line)).length;
  return html`<details data-key="${run.id}-diff"><summary>Patch <span class="muted small">${changed} changed lines</span></summary><pre class="diff" tabindex="0" aria-label="Patch of attempt ${run.attempt}">${lines.map((line) => html`<span class="${lineClass(line)}">${line}\n</span>`)}${diff.length > MAX_DIFF_CHARACTERS && "…"}</pre></details>`;
}
