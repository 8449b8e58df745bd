// Loaded into a deployment's process: when the world goes, even by kill -9, its deployments go too and free their ports.
process.once("disconnect", () => process.exit(0));
process.channel?.unref();
