import { createServer } from "node:http";
import { createApp } from "./src/app.mjs";

const port = Number(process.env.PORT ?? 8080);
const server = createServer(createApp({ release: process.env.RELEASE ?? "dev" }));

server.listen(port, "127.0.0.1", () => console.log(`pine-shop listens on ${port}`));

process.on("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});
