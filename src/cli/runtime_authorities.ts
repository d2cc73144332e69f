/** The variable that names the authorities which Deno trusts by itself. */
const STORES = "DENO_TLS_CA_STORE";

/**
 * Makes the runtime trust no authority by itself.
 *
 * Deno 2.6 adds the authorities that a connection names to its own, where a
 * kubeconfig's authority has to replace them: any public one could vouch for
 * the API server. The runtime reads the list once, when the first client is
 * made, so the environment is as before for whoever is started from here.
 */
export function dropRuntimeAuthorities(): void {
  const before = Deno.env.get(STORES);
  Deno.env.set(STORES, "");
  Deno.createHttpClient({ caCerts: [] }).close();
  if (before === undefined) Deno.env.delete(STORES);
  else Deno.env.set(STORES, before);
}
