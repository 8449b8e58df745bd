import { decideInjection } from "../kernel/decide-injection.ts";
import { oneLine } from "../kernel/quiet-text.ts";
import type { Investigation } from "./compose-investigation.ts";
import type { Suspicion } from "./inquiry-model.ts";

const MOST_SUSPICIONS = 5;

/** The suspicions that one text gives cause for; `where` says in our words what it is. */
export function suspicionsOf(where: string, text: string, kind: "prose" | "code" = "prose"): Suspicion[] {
  return decideInjection(text, kind).map(({ sign, excerpt }) => ({ where, sign, excerpt: oneLine(excerpt, 160) }));
}

/** Suspicions about what an incident brought with it: its title and what its investigation found. */
export function suspicionsAbout(title: string, found: Investigation): Suspicion[] {
  const texts: [string, string | null][] = [
    ["the title", title],
    ["the error message", found.errorMessage],
    ["the request", found.request],
    ["the stack", found.stack.join("\n")],
    ...found.commits.map(({ sha, message }): [string, string] => [`the message of ${sha.slice(0, 12)}`, message]),
  ];
  return mergeSuspicions(
    [],
    texts.flatMap(([where, text]) => (text === null ? [] : suspicionsOf(where, text))),
  );
}

/** Those of `next` that `known` does not hold yet are added; each sign once a place, and only so many. */
export function mergeSuspicions(known: readonly Suspicion[], next: readonly Suspicion[]): Suspicion[] {
  const merged = [...known];
  for (const one of next) {
    if (!merged.some(({ where, sign }) => where === one.where && sign === one.sign)) merged.push(one);
  }
  return merged.slice(0, MOST_SUSPICIONS);
}

/** One sentence for the timeline and the issue. */
export function sentenceOf(suspicions: readonly Suspicion[]): string {
  const places = [...new Set(suspicions.map(({ where, sign }) => `${where} (${sign})`))].join(", ");
  return `text from outside seems to give orders to whoever reads it: ${places}. Nothing is done because of it; a person should look`;
}
