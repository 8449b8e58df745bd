/** Ids of our own things are prefixed and typed; foreign ids keep their provider's name and shape. */
export type IdPrefix =
  | "prj"
  | "dlv"
  | "inc"
  | "tml"
  | "job"
  | "run"
  | "pul"
  | "dep"
  | "ver"
  | "les"
  | "apr"
  | "req"
  | "mdl"
  | "inq"
  | "fbk"
  | "wrk"
  | "rev"
  | "fnd";

export type Id<P extends IdPrefix> = `${P}_${string}`;

export type ProjectId = Id<"prj">;
export type JobId = Id<"job">;

/** Whether `text` is one of our ids of this prefix. */
export function isId<P extends IdPrefix>(prefix: P, text: string): text is Id<P> {
  return new RegExp(`^${prefix}_[0-9a-z]{10,40}$`).test(text);
}
