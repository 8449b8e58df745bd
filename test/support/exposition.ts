/** One family of Prometheus' text format, as a scraper reads it. */
export interface ReadFamily {
  name: string;
  help: string | null;
  type: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const HELP = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\["\\n])*",?)*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"/g;

const unescapeText = (text: string) => text.replace(/\\(["\\n])/g, (_, one: string) => (one === "n" ? "\n" : one));

function readNumber(text: string): number {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  if (text !== "NaN" && !/^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/.test(text)) throw new Error(`no number: ${text}`);
  return Number(text);
}

const isOf = (family: ReadFamily, name: string) =>
  name === family.name ||
  (family.type === "histogram" &&
    /^_(?:bucket|sum|count)$/.test(name.slice(family.name.length)) &&
    name.startsWith(family.name));

/** Buckets of one set of labels rise, end at +Inf, and that one is the count. */
function checkHistogram({ name, samples }: ReadFamily): void {
  const groups = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => JSON.stringify(labels));
  for (const [labels, group] of groups) {
    const buckets = group.filter((one) => one.name === `${name}_bucket`);
    const last = buckets.at(-1);
    const isRising = buckets.every((one, at) => {
      const before = buckets[at - 1];
      return (
        !before || (readNumber(one.labels.le ?? "") > readNumber(before.labels.le ?? "") && one.value >= before.value)
      );
    });
    const count = group.filter((one) => one.name === `${name}_count`);
    const sums = group.filter((one) => one.name === `${name}_sum`);
    const isWhole =
      last?.labels.le === "+Inf" && count.length === 1 && count[0]?.value === last.value && sums.length === 1;
    if (!isRising || !isWhole) throw new Error(`${name}${labels}: no histogram`);
  }
}

/**
 * Reads Prometheus' text format 0.0.4 by its grammar and refuses what a scraper would refuse: a line of no form, a family
 * in two pieces, the same series twice, a counter below zero, a histogram without its end. For machines without `promtool`.
 */
export function readExposition(text: string): { families: ReadFamily[] } {
  if (!text.endsWith("\n")) throw new Error("the last line does not end");
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let current: ReadFamily | null = null;
  const open = (name: string) => {
    if (current?.name === name) return current;
    if (families.has(name)) throw new Error(`${name} is in two pieces`);
    current = { name, help: null, type: "untyped", samples: [] };
    families.set(name, current);
    return current;
  };
  for (const line of text.slice(0, -1).split("\n")) {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    const sample = SAMPLE.exec(line);
    if (help)
      open(help[1] ?? "").help = (help[2] ?? "").replace(/\\([\\n])/g, (_, one: string) => (one === "n" ? "\n" : one));
    else if (type) open(type[1] ?? "").type = type[2] ?? "";
    else if (sample) {
      const [, name = "", inside = "", value = ""] = sample;
      const pairs = [...inside.matchAll(LABEL)].map(([, key = "", one = ""]) => [key, unescapeText(one)] as const);
      const labels = Object.fromEntries(pairs);
      const family: ReadFamily = current !== null && isOf(current, name) ? current : open(name);
      const series = JSON.stringify([name, pairs.toSorted()]);
      if (seen.has(series) || pairs.length !== Object.keys(labels).length) throw new Error(`twice: ${line}`);
      seen.add(series);
      if (family.type === "counter" && !(readNumber(value) >= 0)) throw new Error(`below zero: ${line}`);
      family.samples.push({ name, labels, value: readNumber(value) });
    } else throw new Error(`no line of the format: ${line}`);
  }
  for (const family of families.values()) if (family.type === "histogram") checkHistogram(family);
  return { families: [...families.values()] };
}
