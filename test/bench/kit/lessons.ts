import { tokensOf } from "../../../lib/investigate/read-tokens.ts";

/** A stack of a made-up code base; frames in Sentry's order. */
export interface Stack {
  errorType: string;
  frames: { filename: string; function: string; inApp: boolean }[];
}

export interface MadeLesson extends Stack {
  id: string;
  tokens: string[];
}

/** Random numbers 0..1 that are the same in every run. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const TYPES = [
  "TypeError",
  "Error",
  "RangeError",
  "PrismaError",
  "AxiosError",
  "ZodError",
  "SyntaxError",
  "AbortError",
];
const VERBS = ["get", "load", "render", "save", "parse", "fetch", "apply", "map", "send", "check", "build", "total"];
const MODULES = 10_000;
const FAMILIES = 50;

/** Numbers from 0 up to `count`, low ones far more often: what fails much, fails again. */
const skewed = (random: () => number, count: number): number => Math.floor(count ** random() - 1);

const word = (number: number): string => {
  const letters = [...number.toString(26)].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
  return `${letters.join("")}x`;
};

function makeFrame(random: () => number) {
  const module = skewed(random, MODULES);
  const verb = VERBS[skewed(random, VERBS.length)] ?? "get";
  // Half of all functions have a name that many files use.
  const name = random() < 0.5 ? verb : `${verb}${word(module)}${word(skewed(random, 6))}`;
  return { filename: `/app/src/${word(module % 97)}/${word(module)}.ts`, function: name, inApp: true };
}

/** The frames that nearly every stack begins with. */
const PLUMBING = ["server/handle.ts", "server/router.ts", "server/session.ts"].map((file) => ({
  filename: `/app/src/${file}`,
  function: file.split("/")[1]?.replace(".ts", "") ?? "",
  inApp: true,
}));

function makeStack(random: () => number): Stack {
  const own = Array.from({ length: 4 + Math.floor(random() * 6) }, () => makeFrame(random));
  const plumbing = PLUMBING.slice(0, 1 + Math.floor(random() * 3));
  return { errorType: TYPES[skewed(random, TYPES.length)] ?? "Error", frames: [...plumbing, ...own] };
}

/** The same crash as another release or another way in would report it: frames dropped, renamed and added. */
export function perturbStack(random: () => number, { errorType, frames }: Stack): Stack {
  const changed = frames.flatMap((frame) => {
    const dice = random();
    if (dice < 0.12) return [];
    if (dice < 0.24) return [{ ...frame, function: `${frame.function}${word(Math.floor(random() * 500))}` }];
    if (dice < 0.34) return [makeFrame(random), frame];
    return [frame];
  });
  return { errorType: random() < 0.1 ? "Error" : errorType, frames: changed.length > 0 ? changed : frames };
}

/**
 * `count` lessons of one code base: a quarter are near-duplicates of one of fifty crashes, the likest of those a tenth of
 * them, another quarter vary some earlier lesson, and the rest are their own.
 */
export function makeLessons(count: number, seed: number): MadeLesson[] {
  const random = createRandom(seed);
  const families = Array.from({ length: FAMILIES }, () => makeStack(random));
  const made: MadeLesson[] = [];
  for (let index = 0; index < count; index++) {
    const dice = random();
    const family = families[skewed(random, FAMILIES)];
    const earlier = made[Math.floor(random() * made.length)];
    const origin = dice < 1 / 4 ? family : dice < 1 / 2 ? earlier : undefined;
    const stack = origin ? perturbStack(random, origin) : makeStack(random);
    made.push({ ...stack, tokens: tokensOf(stack), id: `les_${String(index).padStart(24, "0")}` });
  }
  return made;
}
