/** The server runs in a Pod that may do nothing but write to its volume. */
import { strict as assert } from "node:assert";
import {
  apply,
  kubectl,
  type Manifest,
  waitForPod,
  withNamespace,
} from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { programPath } from "./support/program.ts";
import { programImage } from "./support/program_image.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

/** A Pod as the `restricted` Pod Security profile wants it. */
function restrictedPod(image: string, namespace: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "serve", namespace },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        fsGroup: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [{
        name: "serve",
        image,
        imagePullPolicy: "Never",
        command: ["/bin/k8scr", "serve"],
        args: ["--listen", "0.0.0.0:5000", "--data", "/data"],
        ports: [{ containerPort: 5000 }],
        readinessProbe: {
          httpGet: { path: "/readyz", port: 5000 },
          periodSeconds: 1,
        },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      }],
      volumes: [{ name: "data", emptyDir: {} }],
    },
  };
}

Deno.test("serve runs without root, on a root file system that is read-only", async () => {
  const image = await programImage(programPath());
  await withNamespace("serve-pod", async (namespace) => {
    await kubectl([
      ...["label", "namespace", namespace],
      "pod-security.kubernetes.io/enforce=restricted",
    ]);
    await apply(restrictedPod(image, namespace));
    await waitForPod(namespace, "serve");
    const pod = ["-n", namespace, "pod/serve"];
    const ip = await kubectl(
      ["get", ...pod, "-o", "jsonpath={.status.podIP}"],
    );
    const archive = await makeScriptImage(await scratch.folder("pod"), "pod");
    const name = `${ip}:5000/forms/pod:1`;
    await succeed(["crane", "push", "--insecure", archive, name]);
    await succeed(["crane", "validate", "--insecure", "--remote", name]);
    const log = await kubectl(["logs", ...pod]);
    assert.match(log, /Serving \/data on http:\/\/0\.0\.0\.0:5000\n/);
    assert.match(log, /Warning: Whoever reaches this address/);
    // It stops when it is asked to, long before the grace period is over.
    const start = performance.now();
    await kubectl(["delete", ...pod, "--timeout=60s"]);
    assert.ok(performance.now() - start < 20_000);
  });
});
