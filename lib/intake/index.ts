export { explainDelivery } from "./explain-delivery.ts";
export { readDelivery } from "./read-delivery.ts";
export {
  type AcceptedDelivery,
  createReceiver,
  type IntakeContext,
  type Receipt,
  type ReceiveInput,
} from "./receive-delivery.ts";
