/**
 * Writes a kubeconfig for an API server without TLS on loopback, whose current
 * context is in the namespace `infra`.
 */
export function loopbackKubeconfig(port: number, user = "test"): string {
  const context = { cluster: "test", user, namespace: "infra" };
  const server = `http://127.0.0.1:${port}`;
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context }],
    clusters: [{ name: "test", cluster: { server } }],
    users: [{ name: user, user: {} }],
  });
}

/** Passes a request on to another server, as the Pod proxy does. */
export async function forwardTo(
  url: string,
  { method, headers, body }: Request,
): Promise<Response> {
  return await fetch(url, { method, headers, body, redirect: "manual" });
}
