import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { objectPath } from "./cluster_object.ts";
import { ANNOTATIONS, MANAGED_BY } from "./registry_plan.ts";
import type { RegistryName } from "./registry_state.ts";
import { REGISTRY_PORT } from "./registry_software.ts";

/** Options for {@linkcode nodeAddress}. */
export interface NodeAddressOptions {
  /** Where the Service is read. */
  readonly api: KubeApi;
  /** Namespace of the registry. */
  readonly namespace: string;
}

/**
 * Finds the `localhost:PORT` at which nodes reach the registry of a Pod that
 * `registry up` made. Its Service is read, which goes by the registry's name;
 * whoever may not read it learns nothing, and neither does who asks about
 * another registry.
 *
 * @param pod the Pod as the Pod proxy takes it, `[SCHEME:]NAME[:PORT]`
 * @throws {ConnectionError} when the API server does not answer
 */
export async function nodeAddress(
  pod: string,
  { api, namespace }: NodeAddressOptions,
): Promise<string | undefined> {
  const name = serviceName(pod);
  if (name === undefined) return undefined;
  try {
    return addressOf(await readService(api, { namespace, name }));
  } catch (error) {
    if (error instanceof KubernetesError) return undefined;
    throw error;
  }
}

/**
 * Reads the Service of a registry.
 *
 * @throws {KubernetesError} when the API server refuses
 */
export async function readService(
  api: KubeApi,
  registry: RegistryName,
): Promise<ConfigObject> {
  return new ConfigObject(await api.get(objectPath("Service", registry)));
}

/** Takes the address out of a Service. */
export function addressOf(service: ConfigObject): string | undefined {
  const metadata = service.object("metadata");
  const manager = metadata.object("labels").string(MANAGED_BY.label);
  if (manager !== MANAGED_BY.value) return undefined;
  const hostPort = metadata.object("annotations").string(ANNOTATIONS.hostPort);
  const [port] = service.object("spec").objects("ports");
  const number = hostPort || port?.value("nodePort");
  return number ? `localhost:${number}` : undefined;
}

/** A Pod of a registry has the registry's name, and a number. */
function serviceName(pod: string): string | undefined {
  const [, name, port] = /^(?:https?:)?([^:]+)-\d+(?::(\d*))?$/.exec(pod) ?? [];
  return !port || Number(port) === REGISTRY_PORT ? name : undefined;
}
