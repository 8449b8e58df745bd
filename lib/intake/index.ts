export { explainDelivery } from "./explain-delivery.ts";
export { MAX_BODY_BYTES, readDelivery } from "./read-delivery.ts";
export { createReceiver, type IntakeContext, type Receipt, type ReceiveInput } from "./receive-delivery.ts";
