import type { Transport } from "../http/transport.ts";
import { fixedPod, PodProxy } from "../kube/pod_proxy.ts";
import { Registry } from "../registry/registry.ts";
import { RegistryClient } from "../registry/registry_client.ts";
import type { Permissions } from "./check_permissions.ts";
import type { CheckResult } from "./doctor_finding.ts";
import type { DoctorLink } from "./doctor_link.ts";
import { probeRegistry, type RegistryTraits } from "./doctor_registry_probe.ts";
import { readUsage, type RegistryUsage } from "./registry_usage.ts";

/** A registry that answers through the Pod proxy. */
export interface ReachedRegistry {
  /** The way to it. */
  readonly transport: Transport;
  /** Sends requests to it, each once. */
  readonly client: RegistryClient;
  /** What came with its first answer. */
  readonly headers: Headers;
  /** Milliseconds of the first exchange. */
  readonly milliseconds: number;
}

/** Options of the checks of a registry. */
export interface RegistryCheckOptions {
  /** Ends the requests. */
  readonly signal?: AbortSignal;
}

/** What a doctor says is so now; whoever pushes is more patient. */
const ONCE = { maxAttempts: 1 } as const;

/**
 * Makes sure that a registry answers through the Pod proxy.
 *
 * @param segment the Pod as requests name it
 * @throws {KubernetesError} when the API server refuses or has no way to it
 * @throws {RegistryError} when what answers is no registry, or wants a login
 */
export async function checkReach(
  segment: string,
  link: DoctorLink,
  { signal }: RegistryCheckOptions,
): Promise<CheckResult<ReachedRegistry>> {
  const { connection: { server }, namespace } = link;
  const chooser = fixedPod(segment);
  const proxy = new PodProxy(link.podTransport, { server, namespace, chooser });
  const retry = { ...ONCE, ...signal && { signal } };
  let headers = new Headers();
  const watched: Transport = async (request) => {
    const response = await proxy.transport(request);
    headers = response.headers;
    return response;
  };
  const started = performance.now();
  await new Registry(watched, { retry }).ping(signal && { signal });
  const milliseconds = performance.now() - started;
  const { transport } = proxy;
  const client = new RegistryClient(transport, { retry });
  const value = { transport, client, headers, milliseconds };
  const text = "a registry answers through the Pod proxy";
  const facts = { milliseconds: Math.round(milliseconds) };
  return { status: "ok", text, facts, value };
}

/** A registry, and what it can do. */
export interface KnownRegistry extends ReachedRegistry {
  /** What it can do. */
  readonly traits: RegistryTraits;
  /** How much it keeps, where it says so. */
  readonly usage?: RegistryUsage;
}

/**
 * Finds out which registry it is and what it can do.
 *
 * @throws {RegistryError} when it takes no uploads
 * @throws {KubernetesError} when the API server lets none pass
 */
export async function checkRegistry(
  registry: ReachedRegistry,
  { permissions, signal }: RegistryCheckOptions & {
    readonly permissions: Permissions;
  },
): Promise<CheckResult<KnownRegistry>> {
  const ends = signal ?? new AbortController().signal;
  const usage = await readUsage(registry.transport, ends);
  const traits = await probeRegistry(registry, {
    // No other registry says how much it keeps.
    isOwn: usage !== undefined,
    permissions,
    ...signal && { signal },
  });
  const value = {
    ...registry,
    traits,
    ...usage !== undefined && { usage },
  };
  const { kind, uploads, ...features } = traits;
  const list = (wanted: boolean) =>
    Object.entries(features).filter(([, has]) => has === wanted)
      .map(([feature]) => FEATURE_NAMES[feature] ?? feature).join(", ");
  const has = list(true) || "nothing beside it";
  const lacks = list(false);
  return {
    status: "ok",
    text: `${kind}, ${
      uploads ? "takes uploads" : "uploads were not tried"
    }; has ${has}${lacks === "" ? "" : `; has no ${lacks}`}`,
    facts: { kind, uploads, ...features },
    value,
  };
}

/** What the traits are called. */
const FEATURE_NAMES: Readonly<Record<string, string>> = {
  status: "upload status",
  cancel: "upload cancelling",
  mount: "mounts",
  referrers: "referrers",
  delete: "deletion",
  catalog: "catalog",
};
