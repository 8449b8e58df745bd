import { Hono } from "hono";
import { type Served, serveApp } from "../kit/serve.ts";
import { mountApi, mountGit } from "./api.ts";
import { Deployer } from "./deployer.ts";
import type { DemoVercelOptions, Deployment, Push, VercelDelivery } from "./model.ts";
import { mountPages } from "./pages.ts";
import { type Production, startProduction } from "./production.ts";
import type { VercelPlace } from "./render.ts";
import { VercelState } from "./state.ts";
import { createWebhookSender, type WebhookSender } from "./webhooks.ts";

export { type DemoVercelOptions, type Deployment, type Push, UNVERIFIED_TEXT, type VercelDelivery } from "./model.ts";

export interface DemoVercel {
  /** The REST API and the deployment pages, without a trailing slash. */
  url: string;
  productionUrl: string;
  /** The newest 500, oldest first, with every attempt. */
  deliveries: readonly VercelDelivery[];
  /** Oldest first. */
  deployments(): Deployment[];
  production(): Deployment | null;
  deploy(request: Push & { target: "production" | null }): Deployment;
  /** Tells the Git integration of a push; the second time for a commit and branch changes nothing. */
  onPush(push: Push): Deployment;
  /** Both throw what the API would refuse, and take effect when `idle()` resolves. */
  promote(deploymentId: string): void;
  rollback(deploymentId: string): void;
  /** From now on no production commit is built, because of its author; null: they are again. */
  blockAuthors(blockCode: string | null): void;
  /** Somebody changes an environment variable of the project. */
  changeVariable(key: string): void;
  /** Resolves when nothing is being built, promoted or rolled back. */
  idle(): Promise<void>;
  /** What the deployments' processes printed, newest last. */
  runtimeLines(): { deploymentId: string; atMs: number; type: string; text: string }[];
  setWebhookUrl(url: string | null): void;
  /** While true, no attempt gets through; all are tried again later. */
  dropWebhooks(isDropping: boolean): void;
  close(): Promise<void>;
}

/**
 * Starts a Vercel of one team and project that deploys commits by really starting them, remembers in `dir`, and sends
 * signed webhooks. Resolves before the remembered production deployment is up again: `idle()` waits for that.
 */
export async function startDemoVercel(options: DemoVercelOptions): Promise<DemoVercel> {
  const state = new VercelState(options.dir);
  const sender = createWebhookSender({
    state,
    url: options.webhookUrl,
    secret: options.webhookSecret,
    retryBaseMs: options.retryBaseMs ?? 250,
    log: options.log,
  });
  const production = await startProduction(options.productionPort);
  const app = new Hono();
  const served = await serveApp(app, options.port);
  const place: VercelPlace = { options, url: served.url, productionHost: `127.0.0.1:${production.port}` };
  const deployer = new Deployer({ state, production, sender, place });
  mountGit(app, { state, deployer, place });
  mountApi(app, { state, deployer, place });
  mountPages(app, { state, place });
  app.onError((error, c) => {
    options.log("vercel: internal error", { path: c.req.path, error: error.stack });
    return c.json({ error: { code: "internal_server_error", message: "An unexpected internal error occurred" } }, 500);
  });
  app.notFound((c) => c.json({ error: { code: "not_found", message: "The page could not be found" } }, 404));
  deployer.resume();
  return controls({ state, sender, production, served, deployer });
}

function controls(parts: {
  state: VercelState;
  sender: WebhookSender;
  production: Production;
  served: Served;
  deployer: Deployer;
}): DemoVercel {
  const { state, sender, production, served, deployer } = parts;
  const act = (deploymentId: string, action: "promote" | "rollback") => {
    const deployment = state.find(deploymentId);
    const refusal = deployment ? deployer[action](deployment) : { message: `no deployment ${deploymentId}` };
    if (refusal) throw new Error(refusal.message);
  };
  return {
    url: served.url,
    productionUrl: production.url,
    deliveries: sender.deliveries,
    deployments: () => [...state.deployments.values()],
    production: () => state.production(),
    deploy: (request) => deployer.deploy(request),
    onPush: (push) => deployer.onPush(push),
    promote: (id) => act(id, "promote"),
    rollback: (id) => act(id, "rollback"),
    blockAuthors: (code) => deployer.blockAuthors(code),
    changeVariable: (key) => state.changeVariable(key),
    idle: () => deployer.idle(),
    runtimeLines: () => [...deployer.runtimeLines],
    setWebhookUrl: sender.setUrl,
    dropWebhooks: sender.drop,
    async close() {
      await deployer.close();
      await served.close();
      await production.close();
      await sender.stop();
    },
  };
}
