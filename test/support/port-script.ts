/**
 * What a test has happen at the calls of a port: something else meanwhile, or the death of the process right after the
 * provider had done its part. Each is for the next call of that name only.
 */
export interface PortScript {
  /** Every call, by its method's name, in order. */
  readonly calls: string[];
  /** `meanwhile` runs before the next call of this method answers. */
  during(method: string, meanwhile: () => Promise<void>): void;
  /** The next call of this method does its work, and then the process dies. */
  crashAfter(method: string): void;
  /** The next call of this method fails with this error, without having done anything; `meanwhile` happened before. */
  failAt(method: string, error: Error, meanwhile?: () => void): void;
}

interface Steps {
  meanwhile: Map<string, () => Promise<void>>;
  crashes: Set<string>;
  failures: Map<string, { error: Error; meanwhile: (() => void) | undefined }>;
}

export class ProcessDied extends Error {}

/** A script, and a way to put ports under it. */
export function createPortScript(): { script: PortScript; under<T extends object>(port: T): T } {
  const calls: string[] = [];
  const steps: Steps = { meanwhile: new Map(), crashes: new Set(), failures: new Map() };
  const script: PortScript = {
    calls,
    during: (method, meanwhile) => void steps.meanwhile.set(method, meanwhile),
    crashAfter: (method) => void steps.crashes.add(method),
    failAt: (method, error, meanwhile) => void steps.failures.set(method, { error, meanwhile }),
  };
  return { script, under: (port) => underScript(port, calls, steps) };
}

function underScript<T extends object>(port: T, calls: string[], steps: Steps): T {
  return new Proxy(port, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        calls.push(name);
        const failure = steps.failures.get(name);
        steps.failures.delete(name);
        failure?.meanwhile?.();
        if (failure) throw failure.error;
        const answer: unknown = await Reflect.apply(value, target, args);
        const meanwhile = steps.meanwhile.get(name);
        steps.meanwhile.delete(name);
        await meanwhile?.();
        if (steps.crashes.delete(name)) throw new ProcessDied(`the process died after ${name}`);
        return answer;
      };
    },
  });
}
