// Loaded into every deployment with `node --import`, as a platform's error-reporting layer is: the shop's own tree needs
// no install. It hears of failed requests on the shop's diagnostics channel.
import { channel } from "node:diagnostics_channel";
import * as Sentry from "@sentry/node";

const root = `${process.cwd()}/`;
const NODE_MODULES = "/node_modules/";

Sentry.init({
  dsn: process.env.SENTRY_DSN,
  release: process.env.SENTRY_RELEASE,
  environment: process.env.SENTRY_ENVIRONMENT ?? "production",
  initialScope: { tags: { service: "shop" } },
  ...(process.env.SENTRY_TRACES_SAMPLE_RATE && { tracesSampleRate: Number(process.env.SENTRY_TRACES_SAMPLE_RATE) }),
  // Requests are traced without loader hooks, which cost a second of start.
  registerEsmLoaderHooks: false,
  integrations: (defaults) => [
    // One session for each request, not one more for the process.
    ...defaults.filter(({ name }) => name !== "Http" && name !== "ProcessSession"),
    Sentry.httpIntegration({ sessionFlushingDelayMS: Number(process.env.SENTRY_SESSION_FLUSH_MS ?? 2000) }),
    Sentry.rewriteFramesIntegration({ iteratee: asDeployed }),
  ],
});

// The tree is deployed as /var/task there; the machine's own paths say nothing to a reader.
function asDeployed(frame) {
  const name = frame.filename;
  if (name?.includes(NODE_MODULES)) frame.filename = `/var/task${name.slice(name.lastIndexOf(NODE_MODULES))}`;
  else if (name?.startsWith(root)) frame.filename = `/var/task/${name.slice(root.length)}`;
  return frame;
}

channel("pine-shop:error").subscribe(({ error, route, customer }) => {
  Sentry.withScope((scope) => {
    if (route) scope.setTransactionName(route);
    if (customer) scope.setUser({ id: customer });
    Sentry.captureException(error, { mechanism: { type: "auto.http.node", handled: false } });
  });
});

// What is still in memory goes out before the platform takes the process away.
process.once("SIGTERM", () => {
  void Sentry.close(1500).finally(() => process.exit(0));
});
