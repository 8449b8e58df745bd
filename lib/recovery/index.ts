export { assessRegression } from "./assess-regression.ts";
export type { RecoveryOutside } from "./gather-facts.ts";
export { noteDeployment } from "./note-deployment.ts";
export { resolveSource } from "./resolve-source.ts";
export type { RecoverySettings } from "./settings.ts";
export { verifyRecovery } from "./verify-recovery.ts";
