import { createHealthApp } from "../http/health-app.ts";
import { getConfig } from "./configuration.ts";
import { lazyDoor } from "./lazy-door.ts";
import { openFunctionContext } from "./machine.ts";

export default lazyDoor(async () => createHealthApp({ ctx: await openFunctionContext(getConfig()) }));
