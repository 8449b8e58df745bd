import * as z from "zod";

/**
 * The operator's own check of the failing route, asked at each look. Reads only, and on the target's own host: a second
 * slash or a backslash would name another one (WHATWG URL, "path or authority state"), and so would white space that is left out.
 */
export const probePolicySchema = z.strictObject({
  method: z.enum(["GET", "HEAD"]).default("GET"),
  path: z.string().regex(/^\/(?![/\\])[^\s\\]*$/, "is not a path on TARGET_URL, such as /cart"),
  expectedStatus: z.number().int().min(100).max(599).default(200),
  timeoutSeconds: z.number().positive().max(30).default(10),
});
