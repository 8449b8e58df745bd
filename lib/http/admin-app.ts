import { bodyLimit } from "hono/body-limit";
import { createAdminApi } from "./admin-api.ts";
import { createAdminGuard } from "./admin-guard.ts";
import type { AdminOutside } from "./admin-outside.ts";
import { createAdminPages, respondErrorPage } from "./admin-pages.ts";
import { type App, createApp } from "./app.ts";
import { callerFault, errorAnswer, respondError } from "./respond-error.ts";

export type { AdminAuth, AdminOutside, DemoDoor } from "./admin-outside.ts";

/** Nothing that people send here is longer than a reason and a token. */
const MAX_BODY_BYTES = 64 * 1_024;

/** The door for people: the admin API below /api, and the dashboard. */
export function createAdminApp(outside: AdminOutside): App {
  const app = createApp(outside.ctx);
  const guard = createAdminGuard(outside);
  app.use(
    "*",
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) =>
        respondError(c, errorAnswer(callerFault("payload_too_large", `the body is over ${MAX_BODY_BYTES} bytes`))),
    }),
  );
  app.route("/api", createAdminApi(outside, guard));
  app.get("/patchpilot.schema.json", (c) => c.json(outside.repositorySchema));
  app.route("/", createAdminPages(outside, guard));
  app.notFound((c) => {
    const fault = callerFault("not_found", "there is nothing here");
    const isForPeople = c.req.header("accept")?.includes("text/html") === true && !c.req.path.startsWith("/api/");
    return isForPeople ? respondErrorPage(c, outside, fault) : respondError(c, errorAnswer(fault));
  });
  return app;
}
