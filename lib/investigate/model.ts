import * as z from "zod";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
/** A name inside a frame. Real ones are short; what is longer is cut, so that no pattern meets a megabyte. */
const name = text.transform((value) => value?.slice(0, 1_000) ?? null);
const count = z
  .number()
  .nullish()
  .transform((value) => value ?? null);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);

/** One stack frame in our words. Members are null when the provider left them out; `inApp` null means that nobody said. */
export type Frame = {
  filename: string | null;
  absPath: string | null;
  /** `com.acme.cart.CartService` on the JVM, where `filename` has no directory. */
  module?: string | null;
  function: string | null;
  line: number | null;
  column: number | null;
  inApp: boolean | null;
};

/** A frame as Sentry's webhooks (snake_case) or its Web API (camelCase) write it; any member may be null or missing. */
export const frameSchema = z
  .object({
    filename: name,
    absPath: name,
    abs_path: name,
    module: name,
    function: name,
    lineno: count,
    lineNo: count,
    colno: count,
    colNo: count,
    inApp: flag,
    in_app: flag,
  })
  .transform(
    (raw): Frame => ({
      filename: raw.filename,
      absPath: raw.absPath ?? raw.abs_path,
      module: raw.module,
      function: raw.function,
      line: raw.lineno ?? raw.lineNo,
      column: raw.colno ?? raw.colNo,
      inApp: raw.inApp ?? raw.in_app,
    }),
  );

const stacktraceSchema = z
  .object({
    frames: z
      .array(frameSchema.nullable())
      .nullish()
      .transform((frames) => (frames ?? []).filter((frame) => frame !== null)),
  })
  .nullish()
  .transform((stacktrace) => stacktrace?.frames ?? []);

const exceptionsSchema = z
  .array(z.object({ type: text, value: text, stacktrace: stacktraceSchema }).nullable())
  .nullish()
  .transform((values) => (values ?? []).filter((value) => value !== null));

/** One exception of a chain; `frames` oldest first, crash frame last. */
export type SentryException = z.infer<typeof exceptionsSchema>[number];

/** What is read of a Sentry event: the webhook's `exception.values`, the API's `entries[]`, or a bare `stacktrace`. */
export const eventSchema = z.object({
  exception: z
    .object({ values: exceptionsSchema })
    .nullish()
    .transform((exception) => exception?.values ?? []),
  entries: z
    .array(z.object({ type: text, data: z.unknown() }))
    .nullish()
    .transform((entries) => entries ?? []),
  stacktrace: stacktraceSchema,
  title: text,
  message: text,
});

/** The data of the API's `exception` entry. */
export const exceptionEntrySchema = z.object({ values: exceptionsSchema });

/** The data of the API's `stacktrace` entry, or of one thread of its `threads` entry. */
export const stacktraceEntrySchema = stacktraceSchema;

/** The API's `threads` entry: where an error without an exception keeps its frames. */
export const threadsEntrySchema = z.object({
  values: z
    .array(z.object({ crashed: flag, current: flag, stacktrace: stacktraceSchema }))
    .nullish()
    .transform((values) => values ?? []),
});

/** A commit of the repository, with the paths that it changed. */
export const commitSchema = z.object({
  sha: z.string().min(1),
  date: text,
  author: text,
  message: text,
  files: z
    .array(z.string())
    .nullish()
    .transform((files) => files ?? []),
});
export type Commit = z.infer<typeof commitSchema>;

/** An earlier incident of the same repository whose fix is known. */
export const lessonSchema = z.object({
  errorType: text,
  errorMessage: text,
  frames: z
    .array(frameSchema)
    .nullish()
    .transform((frames) => frames ?? []),
  fixFiles: z
    .array(z.string())
    .nullish()
    .transform((files) => files ?? []),
  outcome: text,
});
export type Lesson = z.infer<typeof lessonSchema>;

/** What `explain suspects` reads: frames or an event, the repository's paths, recent commits and lessons. */
export const suspectsInputSchema = z
  .object({
    frames: z.array(frameSchema).nullish(),
    event: eventSchema.nullish(),
    repoFiles: z.array(z.string()),
    recentCommits: z
      .array(commitSchema)
      .nullish()
      .transform((commits) => commits ?? []),
    lessons: z
      .array(lessonSchema)
      .nullish()
      .transform((lessons) => lessons ?? []),
    errorType: text,
    errorMessage: text,
  })
  .refine((input) => (input.frames ?? input.event ?? null) !== null, "give `frames` or `event`");
export type SuspectsInput = z.infer<typeof suspectsInputSchema>;

/** A file that may hold the fault; `score` 0..1 orders suspects of one crash and is no probability. */
export type Suspect = { path: string; score: number; reasons: string[] };

/** A commit that may have brought the fault; `score` 0..1. */
export type SuspectCommit = { sha: string; score: number; reasons: string[] };

/** The ranked answer. `notes` says what could not be read, such as bundled frames. */
export type SuspectRanking = { suspects: Suspect[]; commits: SuspectCommit[]; notes: string[] };
