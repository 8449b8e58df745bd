import { defaultProjectId } from "../control/index.ts";

/** The project that the environment describes. More of them are rows of their own. */
export const DEFAULT_PROJECT_SLUG = "default";
export const DEFAULT_PROJECT_ID = defaultProjectId(DEFAULT_PROJECT_SLUG);

/** How far back the gap report goes. */
export const GAP_HOURS = 24;
