import { strict as assert } from "node:assert";
import { Flags } from "../../src/cli/flags.ts";
import {
  AS_USER,
  kubectlFlags,
  kubectlFlagsBesideAs,
  readConnectionFlags,
} from "../../src/cli/kubectl_flags.ts";

Deno.test("kubectlFlags has kubectl's names", () => {
  assert.deepEqual(kubectlFlags.flags.map(({ name }) => name), [
    "kubeconfig",
    "context",
    "cluster",
    "user",
    "namespace",
    "server",
    "token",
    "as",
    "as-group",
    "as-uid",
    "certificate-authority",
    "client-certificate",
    "client-key",
    "insecure-skip-tls-verify",
    "tls-server-name",
    "request-timeout",
  ]);
});

Deno.test("kubectlFlagsBesideAs leaves --as to the command", () => {
  const names = kubectlFlagsBesideAs.flags.map(({ name }) => name);
  assert.equal(names.includes("as"), false);
  assert.equal(names.includes("as-user"), true);
});

Deno.test("readConnectionFlags() takes over what was given", () => {
  const flags = new Flags(
    new Map<string, unknown>([
      ["kubeconfig", "/k"],
      ["namespace", "registry"],
      ["as", "jane"],
      ["as-group", ["dev", "ops"]],
      ["insecure-skip-tls-verify", true],
      ["tls-server-name", "kube"],
      ["request-timeout", "30s"],
    ]),
  );
  assert.deepEqual(readConnectionFlags(flags), {
    kubeconfig: "/k",
    namespace: "registry",
    as: "jane",
    asGroup: ["dev", "ops"],
    insecureSkipTlsVerify: true,
    tlsServerName: "kube",
    requestTimeout: "30s",
  });
});

Deno.test("readConnectionFlags() finds the user to impersonate under another name", () => {
  const flags = new Flags(new Map([["as", "app:1"], ["as-user", "jane"]]));
  assert.deepEqual(readConnectionFlags(flags, AS_USER), {
    as: "jane",
    asGroup: [],
  });
});
