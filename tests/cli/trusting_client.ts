/**
 * Connects to a TLS server on loopback, in a process of its own, because the
 * runtime reads once whom it trusts.
 *
 *     deno run trusting_client.ts drop|keep PORT CA-FILE
 */
import { systemKubeHost } from "../../src/cli/kube_host.ts";

const [mode, port, ca = ""] = Deno.args;
// As every command does that reads a kubeconfig.
if (mode === "drop") systemKubeHost({ stdinTaken: false });
const caCerts = [await Deno.readTextFile(ca)];
try {
  const connection = await Deno.connectTls({
    hostname: "127.0.0.1",
    port: Number(port),
    caCerts,
  });
  await connection.handshake();
  connection.close();
  console.log("trusted");
} catch (error) {
  console.log(String(error));
}
console.log(Deno.env.get("DENO_TLS_CA_STORE"));
