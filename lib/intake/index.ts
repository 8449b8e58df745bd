export { adoptIssue } from "./adopt-issue.ts";
export { explainDelivery } from "./explain-delivery.ts";
export { listInstallations } from "./installation-store.ts";
export { listUnnamed } from "./list-unnamed.ts";
export { noteInstallation } from "./note-installation.ts";
export { readDelivery } from "./read-delivery.ts";
export {
  type AcceptedDelivery,
  createReceiver,
  type Receipt,
  type ReceiveInput,
} from "./receive-delivery.ts";
export { type WatchedIssue, type WatchReport, watchIssues } from "./watch-issues.ts";
