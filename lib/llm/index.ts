export { type Asked, askModel } from "./ask-model.ts";
export { findSpending } from "./find-spending.ts";
export { listCalls } from "./store.ts";
