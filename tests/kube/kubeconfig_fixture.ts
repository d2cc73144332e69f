import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(
  new URL("../fixtures/kubeconfig/", import.meta.url),
);

/** Returns the path of a kubeconfig that is named by its fault. */
export function kubeconfigFixture(fault: string): string {
  return `${FOLDER}${fault}.yaml`;
}

/** Returns the path of a certificate or a key. */
export function pkiFixture(name: string): string {
  return `${FOLDER}pki/${name}`;
}

/** Reads a certificate or a key. */
export function readPkiFixture(name: string): string {
  return Deno.readTextFileSync(pkiFixture(name));
}
