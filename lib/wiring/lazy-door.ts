/** What Vercel calls: a web-standard handler. */
export interface Door {
  fetch(request: Request): Response | Promise<Response>;
}

/** A door that is built by its first request, so that importing its module does nothing. A failed build is tried again. */
export function lazyDoor(open: () => Door | Promise<Door>): Door {
  let door: Promise<Door> | null = null;
  return {
    async fetch(request) {
      door ??= Promise.resolve().then(open);
      try {
        return await (await door).fetch(request);
      } catch (error) {
        door = null;
        // The settings' own report goes to the log whole; the outside learns nothing of them.
        console.error(error instanceof Error ? error.message : error);
        return Response.json(
          {
            error: {
              code: "not_configured",
              message: "this deployment is not configured; its log says what is missing",
              requestId: "none",
            },
          },
          { status: 503 },
        );
      }
    },
  };
}
