import { strict as assert } from "node:assert";
import { findNodeAddress } from "../../src/cli/node_address_search.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import type { Transport } from "../../src/http/transport.ts";
import { fixedPod, PodProxy } from "../../src/kube/pod_proxy.ts";
import { MANAGED_BY } from "../../src/cluster/registry_plan.ts";

const SERVER = new URL("https://cluster.test");

interface Found {
  readonly address: string | undefined;
  readonly traces: readonly string[];
}

async function find(
  transport: Transport,
  { verbose = false, pod = "k8scr-0", deadline = 5000 } = {},
): Promise<Found> {
  const traces: string[] = [];
  const options = { server: SERVER, namespace: "infra" };
  const chooser = fixedPod(pod);
  const address = await findNodeAddress(
    new PodProxy(transport, { ...options, chooser }),
    {
      cluster: { ...options, transport },
      display: { trace: (line) => void traces.push(line) },
      deadline,
      settings: {
        output: { output: "text", progress: "none", quiet: false, verbose },
      },
    },
  );
  return { address, traces };
}

Deno.test("findNodeAddress() reads the Service of the Pod's registry", async () => {
  const paths: string[] = [];
  const { address } = await find((request) => {
    paths.push(new URL(request.url).pathname);
    return Promise.resolve(Response.json({
      metadata: { labels: { [MANAGED_BY.label]: MANAGED_BY.value } },
      spec: { ports: [{ nodePort: 30500 }] },
    }));
  }, { pod: "images-1:5000" });
  assert.equal(address, "localhost:30500");
  assert.deepEqual(paths, ["/api/v1/namespaces/infra/services/images"]);
});

Deno.test("findNodeAddress() never fails, and says why only to whoever wants to know", async () => {
  const gone = new ConnectionError("Cannot reach the API server", {
    address: "cluster.test:443",
    stage: "connect",
    transient: true,
  });
  const fail = () => Promise.reject(gone);
  assert.deepEqual(await find(fail), { address: undefined, traces: [] });
  assert.deepEqual(await find(fail, { verbose: true }), {
    address: undefined,
    traces: ["Cannot tell how nodes pull: Cannot reach the API server"],
  });
});

Deno.test("findNodeAddress() does not wait for an API server that is silent", async () => {
  const silent: Transport = ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  const { address, traces } = await find(silent, {
    deadline: 1,
    verbose: true,
  });
  assert.equal(address, undefined);
  assert.match(traces.join(), /the API server did not answer within 0\.001 s/);
});
