import { quietMarkdown } from "../kernel/quiet-text.ts";
import type { SlowMeasure } from "../performance/model.ts";

const ms = (value: number): string =>
  value < 1_000 ? `${Math.round(value * 10) / 10} ms` : `${Math.round(value / 10) / 100} s`;
const minute = (iso: string): string => `${iso.slice(0, 16).replace("T", " ")} UTC`;
const quiet = (text: string, maxLength: number): string => quietMarkdown(text, maxLength);

/** An address that cannot break out of a link; Sentry's explorer needs long ones. */
function link(text: string, url: string | null): string | null {
  return url !== null && /^https?:\/\/[^\s()<>|`]{1,4000}$/.test(url) ? `[${text}](${url})` : null;
}

function baselineRow({ baseline, ratio }: SlowMeasure): [string, string] {
  if (baseline === null) return ["Baseline", "none: judged by a stricter threshold alone"];
  const weeks = baseline.weeks === 1 ? "1 earlier week" : `${baseline.weeks} earlier weeks`;
  const now = ratio === null ? "" : `, now **${ratio} times**`;
  return [
    "Baseline p95",
    `${ms(baseline.p95Ms)}${now} (same hours of ${weeks}, worst ${ms(baseline.slowestP95Ms)}, ${baseline.samples} samples)`,
  ];
}

/** What was measured, as a section of the issue: the span, its percentiles, what it was before, releases, links. */
export function renderMeasure(measure: SlowMeasure): string {
  const { transaction, op, description, releases } = measure;
  const links = [link("spans", measure.spansUrl), link("a slow trace", measure.traceUrl)].filter((one) => one !== null);
  const rows: ([string, string] | null)[] = [
    ["Transaction", `\`${quiet(transaction, 300) || "unnamed"}\``],
    description === "" || description === transaction
      ? ["Operation", quiet(op, 60)]
      : ["Span", `${quiet(op, 60)} \`${quiet(description, 600)}\``],
    ["p50 · p75", `${ms(measure.p50Ms)} · ${ms(measure.p75Ms)}`],
    ["p95 · p99", `**${ms(measure.p95Ms)}** · ${ms(measure.p99Ms)}`],
    ["Samples", `${measure.count}, ${ms(measure.totalMs)} in all`],
    baselineRow(measure),
    ["Measured", `${minute(measure.from)} to ${minute(measure.to)}`],
    releases.length > 0
      ? [
          "Releases",
          releases.map((one) => `\`${quiet(one.release, 40)}\` p95 ${ms(one.p95Ms)} (${one.count})`).join(", "),
        ]
      : null,
    links.length > 0 ? ["In Sentry", links.join(", ")] : null,
  ];
  const table = rows.filter((row) => row !== null).map(([name, value]) => `| ${name} | ${value} |`);
  const eased = measure.isSlow ? "" : "\n\nAt the last look it did not count as slow.";
  return `## Numbers\n\n| | |\n|---|---|\n${table.join("\n")}${eased}`;
}
