import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openJournal } from "../kit/journal.ts";
import type { AliasRequest, BuildLine, Deployment, VercelDelivery } from "./model.ts";

type Fact =
  | { kind: "created"; deployment: Deployment }
  | { kind: "changed"; id: string; patch: Partial<Deployment> }
  | { kind: "line"; id: string; line: BuildLine }
  | { kind: "production"; id: string; isAutoAssigning: boolean }
  | { kind: "alias"; request: AliasRequest }
  | { kind: "variable"; key: string; atMs: number }
  | { kind: "webhook"; delivery: VercelDelivery }
  | { kind: "delivered"; id: string };

/** Everything that this Vercel remembers: rebuilt from its journal at start. */
export class VercelState {
  readonly deployments = new Map<string, Deployment>();
  /** Webhooks that no 2xx has answered yet, as earlier processes left them. */
  readonly pendingWebhooks = new Map<string, VercelDelivery>();
  productionId: string | null = null;
  lastAliasRequest: AliasRequest | null = null;
  /** When each environment variable was changed last, where it was since the project began. */
  readonly changedVariables = new Map<string, number>();
  /** Off after a rollback, until something is promoted. */
  isAutoAssigning = true;
  readonly #journal;

  constructor(dir: string) {
    this.#journal = openJournal<Fact>(join(dir, "vercel.jsonl"));
    for (const fact of this.#journal.records) this.#apply(fact);
  }

  create(
    facts: Pick<Deployment, "sha" | "ref" | "target" | "message" | "authorLogin" | "isVerified">,
    projectName: string,
  ): Deployment {
    const unique = randomBytes(6).toString("hex");
    const deployment: Deployment = {
      id: `dpl_${randomBytes(21).toString("base64url").replaceAll(/[-_]/g, "x")}`,
      host: `${projectName}-${unique}.vercel.app`,
      ...facts,
      readyState: "QUEUED",
      readySubstate: null,
      createdMs: Date.now(),
      buildingMs: null,
      readyMs: null,
      canceledMs: null,
      aliasAssignedMs: null,
      errorCode: null,
      errorMessage: null,
      errorStep: null,
      log: [],
    };
    this.#write({ kind: "created", deployment });
    return deployment;
  }

  change(id: string, patch: Partial<Deployment>): void {
    this.#write({ kind: "changed", id, patch });
  }

  addLine(id: string, type: BuildLine["type"], text: string): void {
    this.#write({ kind: "line", id, line: { atMs: Date.now(), type, text } });
  }

  setProduction(id: string, isAutoAssigning: boolean): void {
    this.#write({ kind: "production", id, isAutoAssigning });
  }

  requestAlias(request: AliasRequest): void {
    this.#write({ kind: "alias", request });
  }

  changeVariable(key: string): void {
    this.#write({ kind: "variable", key, atMs: Date.now() });
  }

  addWebhook(delivery: VercelDelivery): void {
    this.#write({ kind: "webhook", delivery });
  }

  markDelivered(id: string): void {
    this.#write({ kind: "delivered", id });
  }

  /** By `dpl_…` id or by host name, with or without a scheme. */
  find(idOrUrl: string): Deployment | null {
    const host = idOrUrl.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
    return this.deployments.get(idOrUrl) ?? [...this.deployments.values()].find((one) => one.host === host) ?? null;
  }

  production(): Deployment | null {
    return this.productionId === null ? null : (this.deployments.get(this.productionId) ?? null);
  }

  /** Deployments that served production before, and could again. */
  isRollbackCandidate(deployment: Deployment): boolean {
    const { id, readyState, readySubstate } = deployment;
    return readyState === "READY" && readySubstate === "PROMOTED" && id !== this.productionId;
  }

  #write(fact: Fact): void {
    this.#journal.append(fact);
    this.#apply(fact);
  }

  #apply(fact: Fact): void {
    switch (fact.kind) {
      case "created":
        this.deployments.set(fact.deployment.id, fact.deployment);
        break;
      case "changed": {
        const deployment = this.deployments.get(fact.id);
        if (deployment) Object.assign(deployment, fact.patch);
        break;
      }
      case "line":
        this.deployments.get(fact.id)?.log.push(fact.line);
        break;
      case "production":
        this.productionId = fact.id;
        this.isAutoAssigning = fact.isAutoAssigning;
        if (this.lastAliasRequest?.toDeploymentId === fact.id) this.lastAliasRequest.jobStatus = "succeeded";
        break;
      case "alias":
        this.lastAliasRequest = fact.request;
        break;
      case "variable":
        this.changedVariables.set(fact.key, fact.atMs);
        break;
      case "webhook":
        this.pendingWebhooks.set(fact.delivery.id, fact.delivery);
        break;
      case "delivered":
        this.pendingWebhooks.delete(fact.id);
        break;
    }
  }
}
