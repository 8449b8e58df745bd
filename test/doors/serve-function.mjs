/** Serves one unpacked function with the launcher named by the first argument, and sends its port to the parent. */
import { createServer } from "node:http";
import { createRequire } from "node:module";

const handler = createRequire(import.meta.url)(process.argv[2]);
const server = createServer(handler);
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
