import type { Family, HistogramSample, Labels } from "./prometheus-model.ts";

/** The text format of version 0.0.4: prometheus.io/docs/instrumenting/exposition_formats. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Families in the order given, each with its samples in the order of their labels: the same figures give the same text. */
export function renderPrometheus(families: readonly Family[]): string {
  return families
    .flatMap((family) => [...renderHead(family), ...renderSamples(family)])
    .map((line) => `${line}\n`)
    .join("");
}

function renderHead({ name, help, type }: Family): string[] {
  return [`# HELP ${name} ${escapeText(help, /[\\\n]/g)}`, `# TYPE ${name} ${type}`];
}

function renderSamples(family: Family): string[] {
  const { name } = family;
  if (family.type !== "histogram")
    return inOrder(family.samples).map(({ labels, value }) => renderLine(name, labels, value));
  return inOrder(family.samples).flatMap((sample) => renderHistogram(name, family.bounds, sample));
}

function renderHistogram(name: string, bounds: readonly number[], { labels, counts, sum }: HistogramSample): string[] {
  let below = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, at) => {
    below += counts[at] ?? 0;
    return renderLine(`${name}_bucket`, { ...labels, le: renderNumber(bound) }, below);
  });
  return [...buckets, renderLine(`${name}_sum`, labels, sum), renderLine(`${name}_count`, labels, below)];
}

function renderLine(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeText(text, /[\\\n"]/g)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${renderNumber(value)}`;
}

/** As Go's ParseFloat reads it. */
function renderNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

const escapeText = (text: string, special: RegExp): string =>
  text.replace(special, (one) => (one === "\n" ? "\\n" : `\\${one}`));

/** By code units, not by a locale: every machine has the same order. */
function inOrder<T extends { labels: Labels }>(samples: readonly T[]): T[] {
  const key = ({ labels }: T) => Object.values(labels).join("\u0000");
  return samples.toSorted((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
