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

/**
 * Makes what takes the Pod of a name or, where there is none, the first Pod of
 * the StatefulSet of that name. It is tried, not looked up: that needs no right
 * but `pods/proxy`.
 */
export function podOrReplica(
  name: string,
  api: Transport,
  options: Omit<PodProxyOptions, "chooser">,
): PodChooser {
  return {
    canChange: false,
    async choose() {
      const chooser = fixedPod(name);
      const { transport } = new PodProxy(api, { ...options, chooser });
      try {
        await discard(await transport(new Request(PING)));
      } catch (error) {
        if (!(error instanceof KubernetesError)) throw error;
        if (error.status === 404) return `${name}-0`;
        // Whatever else is so, the first request tells it.
      }
      return name;
    },
  };
}
