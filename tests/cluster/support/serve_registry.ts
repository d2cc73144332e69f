import { apply, waitForPod } from "./cluster.ts";
import { programPath } from "./program.ts";
import { programImage } from "./program_image.ts";
import { findRegistry, type Registry, REGISTRY_PORT } from "./registries.ts";

/** Starts `k8scr serve` in a Pod and waits until it is ready. */
export async function startServe(namespace: string): Promise<Registry> {
  const name = "serve";
  await apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
      containers: [{
        name,
        image: await programImage(programPath()),
        imagePullPolicy: "Never",
        command: ["/bin/k8scr", "serve"],
        args: ["--listen", `0.0.0.0:${REGISTRY_PORT}`, "--data", "/data"],
        ports: [{ containerPort: REGISTRY_PORT }],
        readinessProbe: {
          httpGet: { path: "/readyz", port: REGISTRY_PORT },
          periodSeconds: 1,
        },
        volumeMounts: [{ name: "data", mountPath: "/data" }],
      }],
      volumes: [{ name: "data", emptyDir: {} }],
    },
  });
  await waitForPod(namespace, name);
  return await findRegistry(namespace, name);
}
