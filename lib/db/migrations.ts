/** Where the generated SQL lies, as a path below the project's root: migrations are run from a checkout, never from a function. */
export const MIGRATIONS_FOLDER = "drizzle";
