/**
 * Makes one call of many: while a call of `runMany` is in flight, what arrives meanwhile waits and goes into the next
 * one, at most `maxBatch` at a time. Each caller gets its own answer, and every caller of a failed batch its error.
 * `runMany` must answer one result an item, in order.
 */
export function coalesce<I, O>(runMany: (items: I[]) => Promise<O[]>, maxBatch: number): (item: I) => Promise<O> {
  type Waiter = { item: I; resolve: (value: O) => void; reject: (reason: unknown) => void };
  let waiting: Waiter[] = [];
  let inFlight = false;

  async function drain(): Promise<void> {
    inFlight = true;
    while (waiting.length > 0) {
      const batch = waiting.slice(0, maxBatch);
      waiting = waiting.slice(maxBatch);
      try {
        const results = await runMany(batch.map((waiter) => waiter.item));
        if (results.length !== batch.length) throw new Error(`${results.length} answers for ${batch.length} items`);
        for (const [index, waiter] of batch.entries()) waiter.resolve(results[index] as O);
      } catch (error) {
        for (const waiter of batch) waiter.reject(error);
      }
    }
    inFlight = false;
  }

  return (item) =>
    new Promise<O>((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (!inFlight) void drain();
    });
}
