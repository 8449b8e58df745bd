import type { WorkerChoice, WorkerProfile } from "./model.ts";

export interface WorkerFacts {
  /** The profile that the run was queued for. */
  profile: WorkerProfile;
  /** The operator's chain, most wanted first. */
  chain: readonly WorkerChoice[];
  /** What the claiming runner can start. */
  offered: readonly WorkerProfile[];
}

/**
 * Who works on a run, in the order to try: the run's own profile, then the rest of the chain, as far as this runner can
 * start them. Nobody is a run that this runner must not get.
 */
export function decideWorkers({ profile, chain, offered }: WorkerFacts): WorkerChoice[] {
  const own = chain.filter((choice) => choice.profile === profile);
  const others = chain.filter((choice) => choice.profile !== profile);
  const wanted = own.length > 0 ? [...own, ...others] : [{ profile, model: null }, ...others];
  return wanted.filter((choice) => offered.includes(choice.profile));
}

/** Profiles of queued runs that a runner with this offer can take. */
export function decideClaimable(
  chain: readonly WorkerChoice[],
  offered: readonly WorkerProfile[],
): readonly WorkerProfile[] {
  const named = chain.map((choice) => choice.profile);
  const isInChain = named.some((profile) => offered.includes(profile));
  return isInChain ? [...new Set([...offered, ...named])] : offered;
}
