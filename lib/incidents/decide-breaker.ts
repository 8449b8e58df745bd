export interface BreakerFacts {
  /** New incidents of the window, symptoms not counted. */
  newIncidents: number;
  isOpen: boolean;
}

export interface BreakerPolicy {
  breakerIncidents: number;
  breakerMinutes: number;
}

export type BreakerDecision = { type: "open"; reason: string } | { type: "close"; reason: string } | { type: "keep" };

/** Opens above the policy's number, and closes by itself once there are no more than half as many: it does not flutter. */
export function decideBreaker({ newIncidents, isOpen }: BreakerFacts, policy: BreakerPolicy): BreakerDecision {
  const said = `${newIncidents} new incidents within ${policy.breakerMinutes} minutes`;
  if (!isOpen && newIncidents > policy.breakerIncidents) return { type: "open", reason: said };
  if (isOpen && newIncidents <= policy.breakerIncidents / 2) return { type: "close", reason: `calm again: ${said}` };
  return { type: "keep" };
}
