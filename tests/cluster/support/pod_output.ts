import { apply, kubectl } from "./cluster.ts";

/** Runs an image that the kubelet pulls, and returns what it prints. */
export async function outputOfPod(
  namespace: string,
  image: string,
): Promise<string> {
  await apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pushed", namespace },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "pushed", image, imagePullPolicy: "Always" }],
    },
  });
  await kubectl([
    ...["wait", "pod", "pushed", "-n", namespace, "--timeout=120s"],
    "--for=jsonpath={.status.phase}=Succeeded",
  ]);
  return await kubectl(["logs", "pushed", "-n", namespace]);
}
