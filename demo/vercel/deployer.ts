import { type Builder, createBuilder } from "./build.ts";
import { type Instance, startInstance } from "./instance.ts";
import { type AliasRequest, type DemoVercelOptions, type Deployment, type Push, UNVERIFIED_TEXT } from "./model.ts";
import type { Production } from "./production.ts";
import { inspectorUrl, renderWebhookPayload, type VercelPlace } from "./render.ts";
import type { VercelState } from "./state.ts";
import type { WebhookSender } from "./webhooks.ts";

const START_TIMEOUT_MS = 15_000;
const DRAIN_MS = 3000;
const RESTART_AFTER_MS = 500;
const RUNTIME_LINES_KEPT = 500;

export type Refusal = { status: 400 | 404 | 409; code: string; message: string };

/**
 * Builds and shows deployments, one after another as on a plan with one concurrent build. A production deployment takes
 * over as soon as it is healthy; the one before is stopped after that.
 */
export class Deployer {
  readonly runtimeLines: { deploymentId: string; atMs: number; type: string; text: string }[] = [];
  readonly #deps;
  readonly #options: DemoVercelOptions;
  readonly #builder: Builder;
  #queue: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #blockCode: string | null = null;

  constructor(deps: { state: VercelState; production: Production; sender: WebhookSender; place: VercelPlace }) {
    this.#deps = deps;
    this.#options = deps.place.options;
    this.#builder = createBuilder(this.#options, deps.state);
  }

  /** Brings production back after a restart, then goes on with what was not finished. */
  resume(): void {
    const current = this.#deps.state.production();
    if (current) this.#enqueue(() => this.#bringBack(current));
    for (const deployment of this.#deps.state.deployments.values()) {
      if (deployment.readyState === "QUEUED" || deployment.readyState === "BUILDING")
        this.#enqueue(() => this.#build(deployment));
    }
  }

  /** A push as the Git integration sees it: the default branch makes production, others a preview. Twice is once. */
  onPush(push: Push): Deployment {
    const ref = push.ref.replace(/^refs\/heads\//, "");
    const target = ref === this.#options.repository.defaultBranch ? "production" : null;
    const same = [...this.#deps.state.deployments.values()].find((one) => one.sha === push.sha && one.ref === ref);
    return same ?? this.deploy({ ...push, ref, target });
  }

  /** Creates a deployment and builds it in its turn. */
  deploy(request: Push & { target: "production" | null }): Deployment {
    const { state, sender, place } = this.#deps;
    const isVerified = request.verified ?? true;
    const facts = {
      sha: request.sha,
      ref: request.ref,
      target: request.target,
      message: request.message ?? "",
      authorLogin: request.authorLogin ?? "unknown",
      isVerified,
    };
    const deployment = state.create(facts, this.#options.projectName);
    sender.send("deployment.created", renderWebhookPayload("deployment.created", deployment, place), "iad1");
    if (this.#options.requireVerifiedCommits && !isVerified) this.#cancel(deployment);
    else if (this.#blockCode !== null && request.target === "production") this.#block(deployment, this.#blockCode);
    else this.#enqueue(() => this.#build(deployment));
    return deployment;
  }

  /** Shows a ready deployment without building it again, and lets later ones take over by themselves. */
  promote(deployment: Deployment): Refusal | null {
    if (deployment.readyState !== "READY")
      return { status: 409, code: "deployment_not_ready", message: "The deployment is not ready." };
    this.#note("promote", deployment);
    this.#enqueue(async () => {
      await this.#show(deployment, true);
      const { sender, place } = this.#deps;
      sender.send("deployment.promoted", renderWebhookPayload("deployment.promoted", deployment, place), null);
    });
    return null;
  }

  /** Points production back. The webhook goes out when this is accepted, before traffic moves. */
  rollback(deployment: Deployment): Refusal | null {
    const { state, sender } = this.#deps;
    if (!state.isRollbackCandidate(deployment)) {
      return { status: 400, code: "bad_request", message: "The deployment is not a rollback candidate." };
    }
    const { teamId, projectId } = this.#options;
    const payload = {
      team: { id: teamId },
      user: { id: "nt5HVtTpmc6kMz7oO7F4yk07" },
      project: { id: projectId },
      fromDeploymentId: state.productionId,
      toDeploymentId: deployment.id,
    };
    this.#note("rollback", deployment);
    sender.send("deployment.rollback", payload, null);
    this.#enqueue(() => this.#show(deployment, false));
    return null;
  }

  #note(type: AliasRequest["type"], { id }: Deployment): void {
    const { state } = this.#deps;
    state.requestAlias({
      fromDeploymentId: state.productionId,
      toDeploymentId: id,
      jobStatus: "pending",
      requestedAt: Date.now(),
      type,
    });
  }

  /** From now on commits of authors without a seat are not built, as on a team's plan; null: they are again. */
  blockAuthors(blockCode: string | null): void {
    this.#blockCode = blockCode;
  }

  /** Resolves when nothing is being built, promoted or rolled back. */
  async idle(): Promise<void> {
    for (let seen: Promise<unknown> | null = null; seen !== this.#queue; ) {
      seen = this.#queue;
      await seen;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.idle();
    await this.#deps.production.shown()?.stop();
    this.#deps.production.show(null);
  }

  #enqueue(work: () => Promise<unknown>): void {
    this.#queue = this.#queue
      .then(async () => {
        if (!this.#isClosed) await work();
      })
      .catch((error: unknown) => this.#options.log("vercel: internal error", { error: String(error) }));
  }

  async #build(deployment: Deployment): Promise<void> {
    const { state, sender, place } = this.#deps;
    state.change(deployment.id, { readyState: "BUILDING", buildingMs: Date.now() });
    try {
      await this.#builder.build(deployment);
      if (deployment.target === "production") await this.#startAndShow(deployment);
      else this.#finish(deployment, null);
    } catch (error) {
      if (this.#isClosed) return;
      const message = error instanceof Error ? error.message : String(error);
      state.addLine(deployment.id, "stderr", message);
      const failed = {
        readyState: "ERROR",
        readyMs: Date.now(),
        errorCode: "BUILD_FAILED",
        errorMessage: message.slice(0, 2000),
        errorStep: "buildStep",
      } as const;
      sender.send("deployment.error", renderWebhookPayload("deployment.error", deployment, place), "iad1");
      state.change(deployment.id, failed);
    }
    this.#options.log("vercel deployment", {
      id: deployment.id,
      sha: deployment.sha,
      state: deployment.readyState,
      error: deployment.errorMessage,
      page: inspectorUrl(deployment, place),
    });
  }

  async #startAndShow(deployment: Deployment): Promise<void> {
    const { state } = this.#deps;
    const instance = await this.#start(deployment);
    if (!state.isAutoAssigning) {
      await instance.stop();
      this.#finish(deployment, "STAGED");
      return;
    }
    await this.#switchTo(deployment, instance, true);
    this.#finish(deployment, "PROMOTED");
  }

  #finish(deployment: Deployment, readySubstate: Deployment["readySubstate"]): void {
    const { state, sender, place } = this.#deps;
    const nowMs = Date.now();
    const aliasAssignedMs = readySubstate === "PROMOTED" ? nowMs : null;
    state.addLine(deployment.id, "stdout", "Deployment completed");
    // The webhook is remembered first: a crash in between announces twice, never not at all.
    sender.send("deployment.ready", renderWebhookPayload("deployment.ready", deployment, place), "iad1");
    state.change(deployment.id, { readyState: "READY", readySubstate, readyMs: nowMs, aliasAssignedMs });
  }

  #cancel(deployment: Deployment): void {
    const { state, sender, place } = this.#deps;
    state.addLine(deployment.id, "stderr", UNVERIFIED_TEXT);
    sender.send("deployment.canceled", renderWebhookPayload("deployment.canceled", deployment, place), "iad1");
    state.change(deployment.id, { readyState: "CANCELED", canceledMs: Date.now(), errorMessage: UNVERIFIED_TEXT });
  }

  #block(deployment: Deployment, blockCode: string): void {
    const { state, sender, place } = this.#deps;
    sender.send("deployment.blocked", renderWebhookPayload("deployment.blocked", deployment, place), "iad1");
    state.change(deployment.id, { readyState: "BLOCKED", blockCode });
  }

  async #show(deployment: Deployment, isAutoAssigning: boolean): Promise<void> {
    const { state, production } = this.#deps;
    if (state.productionId === deployment.id && production.shown()) {
      state.setProduction(deployment.id, isAutoAssigning);
      return;
    }
    await this.#builder.ensureTree(deployment);
    await this.#switchTo(deployment, await this.#start(deployment), isAutoAssigning);
    state.change(deployment.id, { readySubstate: "PROMOTED", aliasAssignedMs: Date.now() });
  }

  async #switchTo(deployment: Deployment, instance: Instance, isAutoAssigning: boolean): Promise<void> {
    const { state, production } = this.#deps;
    const before = production.shown();
    production.show(instance);
    state.setProduction(deployment.id, isAutoAssigning);
    if (!before) return;
    await production.drained(before, DRAIN_MS);
    await before.stop();
  }

  async #bringBack(deployment: Deployment): Promise<void> {
    await this.#builder.ensureTree(deployment);
    this.#deps.production.show(await this.#start(deployment));
  }

  async #start(deployment: Deployment): Promise<Instance> {
    const { state } = this.#deps;
    const instance = await startInstance({
      tree: this.#builder.tree(deployment),
      env: this.#builder.environment(deployment),
      healthPath: this.#options.healthPath ?? "/healthz",
      timeoutMs: this.#options.startTimeoutMs ?? START_TIMEOUT_MS,
      onLine: (type, text) => {
        if (deployment.readyState === "BUILDING") state.addLine(deployment.id, type, text);
        this.runtimeLines.push({ deploymentId: deployment.id, atMs: Date.now(), type, text });
        if (this.runtimeLines.length > RUNTIME_LINES_KEPT) this.runtimeLines.shift();
      },
    });
    void instance.ended.then((reason) => this.#onEnd(deployment, instance, reason));
    return instance;
  }

  // A function whose process dies is started again with the next request; here after a moment.
  #onEnd(deployment: Deployment, instance: Instance, reason: string): void {
    const { production, state } = this.#deps;
    if (this.#isClosed || production.shown() !== instance) return;
    this.#options.log("vercel: the production process ended", { id: deployment.id, reason });
    setTimeout(() => {
      this.#enqueue(async () => {
        if (state.productionId === deployment.id && production.shown() === instance) await this.#bringBack(deployment);
      });
    }, RESTART_AFTER_MS).unref();
  }
}
