export interface InstallationFacts {
  /** The organisation that is watched; null where none is configured. */
  organization: string | null;
  installations: readonly { installationId: string; organization: string | null; uninstalledAt: string | null }[];
}

export interface InstallationCheck {
  status: "ok" | "off" | "failed";
  detail: string;
}

/**
 * Whether the integration is installed where it has to be, as far as its webhooks told. It fails only on what is known: an
 * internal integration is installed by being made, before there is anybody to tell of it.
 */
export function decideInstallation({ organization, installations }: InstallationFacts): InstallationCheck {
  if (installations.length === 0) return { status: "off", detail: "no webhook told of an installation" };
  const told = installations.map((one) => {
    const name = `${one.organization ?? "an unnamed organization"} (${one.installationId})`;
    return one.uninstalledAt === null ? `installed in ${name}` : `uninstalled from ${name} at ${one.uninstalledAt}`;
  });
  const detail = told.join("; ");
  if (organization === null) return { status: "ok", detail };
  const slug = organization.toLowerCase();
  const own = installations.filter((one) => one.organization === null || one.organization.toLowerCase() === slug);
  if (own.length === 0) {
    return { status: "failed", detail: `${detail}; SENTRY_ORG is ${organization}: their deliveries are ignored` };
  }
  const isGone = own.every((one) => one.uninstalledAt !== null);
  return { status: isGone ? "failed" : "ok", detail };
}
