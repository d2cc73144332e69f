import { discard } from "../http/body.ts";
import type { Transport } from "../http/transport.ts";
import {
  fixedPod,
  type PodChooser,
  PodProxy,
  type PodProxyOptions,
} from "./pod_proxy.ts";
import { KubernetesError } from "./status_error.ts";

/** Every registry answers it. */
const PING = "http://registry/v2/";

/** The Pods that {@linkcode podOrReplica} chooses from. */
export function podAndReplica(name: string): readonly [string, string] {
  return [name, `${name}-0`];
}

/**
 * Makes what takes the Pod of a name or, where there is none, the first Pod of
 * the StatefulSet of that name. It is tried, not looked up: that needs no right
 * but `pods/proxy`, and of the two Pods one will do.
 */
export function podOrReplica(
  name: string,
  api: Transport,
  options: Omit<PodProxyOptions, "chooser">,
): PodChooser {
  const names = podAndReplica(name);
  const [, replica] = names;
  const refusalOf = async (pod: string): Promise<number | undefined> => {
    const chooser = fixedPod(pod);
    const { transport } = new PodProxy(api, { ...options, chooser });
    try {
      await discard(await transport(new Request(PING)));
      return undefined;
    } catch (error) {
      if (error instanceof KubernetesError) return error.status;
      throw error;
    }
  };
  return {
    canChange: false,
    names,
    async choose() {
      const refusal = await refusalOf(name);
      if (refusal === 404) return replica;
      // Whatever else is so, the first request tells it.
      if (refusal !== 403) return name;
      const isWorse = [403, 404].includes(await refusalOf(replica) ?? 200);
      return isWorse ? name : replica;
    },
  };
}
