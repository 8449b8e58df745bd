import { timestamp } from "drizzle-orm/pg-core";

/** An instant with its time zone, read as a Date by every driver. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
