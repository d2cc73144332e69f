import { strict as assert } from "node:assert";
import {
  apply,
  freePort,
  kubectl,
  waitForPod,
  withNamespace,
} from "./support/cluster.ts";
import { assertFound, doctor } from "./support/doctor.ts";
import type { ProgramOptions } from "./support/program.ts";
import { assertFailed, push } from "./support/pushes.ts";
import { registryPod, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("failures"), "failures")
);

/** Serves an HTML page under every registry's first path. */
const PAGES =
  "mkdir -p /tmp/www/v2; echo '<html>hello' >/tmp/www/v2/index.html; " +
  "exec httpd -f -p 8080 -h /tmp/www";

Deno.test.afterAll(() => scratch.remove());

Deno.test("push to a Pod that is absent says so", async () => {
  await withNamespace("push-failures", async (namespace) => {
    const result = await pushTo(namespace, "absent:5000");
    assertFailed(result, 4, /"absent"/, /not found/);
  });
});

Deno.test("push into a namespace that is absent says so", async () => {
  const result = await pushTo("absent-namespace", "absent:5000");
  assertFailed(result, 4, /not found/, /absent-namespace/);
});

Deno.test("push to a workload that is absent says so", async () => {
  await withNamespace("push-failures", async (namespace) => {
    const result = await pushTo(namespace, "deployment/absent");
    assertFailed(result, 4, /absent/, /not found/);
  });
});

Deno.test("push to a port that nothing listens on names the port", async () => {
  await withNamespace("push-failures", async (namespace) => {
    const { pod } = await startRegistry(namespace, "crane");
    const result = await pushTo(namespace, `${pod}:5001`);
    assertFailed(result, 4, /5001/, /connection refused/);
  });
});

Deno.test("push to a Pod without an address says that it does not run", async () => {
  await withNamespace("push-failures", async (namespace) => {
    await apply(pausedPod(namespace, "no-such-image.test/none:1"));
    const result = await pushTo(namespace, "paused:5000");
    assertFailed(result, 4, /paused/);
    const seen = await doctor({ namespace, target: "paused:5000" });
    assertFound(seen, 4, { pod: /^failed .* is not ready: Pending/ });
    assert.match(seen.stdout, /^ +The last warning: FailedScheduling: /m);
  });
});

Deno.test("push to a workload without a ready Pod says so", async () => {
  await withNamespace("push-failures", async (namespace) => {
    const labels = { app: "registry" };
    const template = await registryPod("crane", {
      readinessProbe: { exec: { command: ["/bin/crane", "absent"] } },
    });
    await apply({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "registry", namespace },
      spec: {
        selector: { matchLabels: labels },
        template: { ...template, metadata: { labels } },
      },
    });
    await kubectl([
      ...["wait", "deployment/registry", "-n", namespace, "--timeout=120s"],
      "--for=jsonpath={.status.unavailableReplicas}=1",
    ]);
    const result = await pushTo(namespace, "deployment/registry");
    assertFailed(result, 4, /deployment\/registry|"registry"/, /ready/);
    const seen = await doctor({ namespace, target: "deployment/registry" });
    assertFound(seen, 4, { target: /^failed .*none of its Pods is ready/ });
  });
});

Deno.test("push to a Pod that crashes says that it is not ready", async () => {
  await withNamespace("push-failures", async (namespace) => {
    const env = { REGISTRY_HTTP_ADDR: "nonsense" };
    const template = await registryPod("distribution-3", { env });
    const metadata = { name: "crashing", namespace };
    await apply({ ...template, apiVersion: "v1", kind: "Pod", metadata });
    await kubectl([
      ...["wait", "pod/crashing", "-n", namespace, "--timeout=120s"],
      "--for=jsonpath={.status.containerStatuses[0].restartCount}=1",
    ]);
    const result = await pushTo(namespace, "crashing:5000");
    assertFailed(result, 4, /The Pod "crashing" is not ready: /);
  });
});

Deno.test("push to a port where no registry answers says so", async () => {
  await withNamespace("push-failures", async (namespace) => {
    await apply({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "pages", namespace },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{
          name: "httpd",
          image: "k8scr.test/busybox:1",
          command: ["sh", "-c", PAGES],
          readinessProbe: {
            httpGet: { path: "/v2/index.html", port: 8080 },
            periodSeconds: 1,
          },
        }],
      },
    });
    await waitForPod(namespace, "pages");
    const result = await pushTo(namespace, "pages:8080");
    assertFailed(result, 1, /what answers is no registry/, /port/);
    const seen = await doctor({ namespace, target: "pages:8080" });
    assertFound(seen, 1, { reach: /^failed .*what answers is no registry/ });
  });
});

Deno.test("push with https to a registry without TLS says so", async () => {
  await withNamespace("push-failures", async (namespace) => {
    const { target } = await startRegistry(namespace, "crane");
    const result = await pushTo(namespace, `https:${target}`);
    assertFailed(result, 4, /http/i, new RegExp(`--registry ${target}|plain`));
  });
});

Deno.test("push to an API server that is not there names its address", async () => {
  const server = `https://127.0.0.1:${freePort()}`;
  const result = await push({ target: "k8scr:5000", namespace: "default" }, [
    await archive(),
    ...["--server", server],
  ]);
  assertFailed(result, 4, new RegExp(server.slice(8)), /refused/);
});

Deno.test("push with a token that is not valid says who refused it", async () => {
  const result = await pushTo("default", "k8scr:5000", {
    user: "token",
    flags: ["--token", "wrong"],
  });
  assertFailed(result, 3, /Unauthorized|401/);
});

async function pushTo(
  namespace: string,
  target: string,
  options: ProgramOptions & { readonly flags?: readonly string[] } = {},
) {
  const { flags = [], ...rest } = options;
  return await push({ namespace, target }, [await archive(), ...flags], rest);
}

function pausedPod(namespace: string, image: string) {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "paused", namespace },
    spec: {
      nodeSelector: { "k8scr.test/no-such-node": "true" },
      containers: [{ name: "paused", image }],
    },
  };
}
