/** Who did something, as the timeline names them: our own machinery, a person, a provider or a runner. */
export type Actor =
  | { kind: "system"; name: string }
  | { kind: "person"; name: string }
  | { kind: "provider"; name: string }
  | { kind: "runner"; name: string };

/** `kind:name`, the form in which an actor is stored. */
export function actorText(actor: Actor): string {
  return `${actor.kind}:${actor.name}`;
}
