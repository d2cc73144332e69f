import { dirname, join } from "node:path";
import { kubeconfigOf } from "./cluster.ts";
import { succeed } from "./command.ts";

/** Flags that log in with a certificate that the cluster's authority signed. */
export type LoginFlags = readonly string[];

/** Makes a client certificate of the test cluster that expired yesterday. */
export async function expiredLogin(folder: string): Promise<LoginFlags> {
  const pki = join(dirname(kubeconfigOf("admin")), "pki");
  const file = (name: string) => join(folder, name);
  await Deno.writeTextFile(file("extensions"), "extendedKeyUsage=clientAuth");
  await succeed([
    ...["openssl", "req", "-nodes", "-subj", "/CN=jane"],
    ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
    ...["-keyout", file("key"), "-out", file("request")],
  ]);
  await succeed([
    ...["openssl", "x509", "-req", "-days", "-1", "-set_serial", "1"],
    ...["-CA", join(pki, "ca.crt"), "-CAkey", join(pki, "ca.key")],
    ...["-in", file("request"), "-extfile", file("extensions")],
    ...["-out", file("certificate")],
  ]);
  return [
    ...["--client-certificate", file("certificate")],
    ...["--client-key", file("key")],
  ];
}
