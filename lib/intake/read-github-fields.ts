import * as z from "zod";
import type { Signal } from "./model.ts";
import { fieldsOf, optionalText, requiredText, textOf } from "./read-fields.ts";

export const number = z.number().int().nonnegative();
export const repository = z.object({ full_name: requiredText(200) });
/** A deleted account's content has no user; GitHub shows it as ghost. */
export const account = z.object({ login: requiredText(100), type: optionalText(40) }).nullish();
/** The login of who did it, and of what kind that account is; a person's where it is not said. */
export const loginOf = (who: z.infer<typeof account>) => who?.login ?? "ghost";
export const typeOf = (who: z.infer<typeof account>) => who?.type ?? "User";

/** What one event's body is to us: a signal, or the reason why none, or which field is at fault. */
export type Outcome = Signal | { ignored: string } | { fault: z.ZodError };
export type EventReader = (body: unknown) => Outcome;

/** A body without any action is not passed over here, it is read, so that the field at fault is named. */
export function isFollowed(body: unknown, actions: readonly string[]): boolean {
  const action = fieldsOf(body)?.action;
  return typeof action !== "string" || actions.includes(action);
}

/** An action that nothing follows from, by its name. */
export function notFollowed(event: string, body: unknown): Outcome {
  return { ignored: `${event} ${textOf(fieldsOf(body)?.action, 60)} changes nothing that Patchpilot follows` };
}
