import { strict as assert } from "node:assert";
import { systemKubeHost } from "../../src/cli/kube_host.ts";
import { selectContext } from "../../src/kube/context_selection.ts";
import { EMPTY_CLUSTER, parseKubeconfig } from "../../src/kube/kubeconfig.ts";
import { readKubeconfigFile } from "../../src/kube/kubeconfig_file.ts";
import { validateSelection } from "../../src/kube/kubeconfig_validation.ts";
import { kubeconfigFixture, pkiFixture } from "./kubeconfig_fixture.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const SYSTEM = systemKubeHost({ stdinTaken: false });

/** What kubectl says about each file, word for word. */
const PROBLEMS: Readonly<Record<string, [field: string, problem: string]>> = {
  "authority-file-and-data": [
    "certificate-authority-data",
    "certificate-authority-data and certificate-authority are both specified for cl. certificate-authority-data will override.",
  ],
  "certificate-file-and-data": [
    "client-certificate-data",
    "client-cert-data and client-cert are both specified for u. client-cert-data will override.",
  ],
  "key-file-and-data": [
    "client-key-data",
    "client-key-data and client-key are both specified for u; client-key-data will override",
  ],
  "certificate-without-key": [
    "client-key",
    "client-key-data or client-key must be specified for u to use the clientCert authentication method.",
  ],
  "unreadable-authority": [
    "certificate-authority",
    `unable to read certificate-authority ${
      pkiFixture("missing.crt")
    } for cl due to no such file or directory`,
  ],
  "unreadable-certificate": [
    "client-certificate",
    `unable to read client-cert ${
      pkiFixture("missing.crt")
    } for u due to no such file or directory`,
  ],
  "unreadable-key": [
    "client-key",
    `unable to read client-key ${
      pkiFixture("missing.key")
    } for u due to no such file or directory`,
  ],
  "token-and-basic": [
    "token",
    "more than one authentication method found for u; found [token basicAuth], only one is allowed",
  ],
  "groups-without-user": [
    "as",
    "requesting uid, groups or user-extra for u without impersonating a user",
  ],
  "proxy-scheme": [
    "proxy-url",
    `invalid 'proxy-url' "socks5h://proxy.example:1080" for cluster "cl": unsupported scheme "socks5h", must be http, https, or socks5`,
  ],
  // kubectl shows the password.
  "proxy-password": [
    "proxy-url",
    `invalid 'proxy-url' "ftp://***@proxy.example:1080" for cluster "cl": unsupported scheme "ftp", must be http, https, or socks5`,
  ],
  "exec-and-auth-provider": [
    "auth-provider",
    "authProvider cannot be provided in combination with an exec plugin for u",
  ],
  "exec-without-command": [
    "exec.command",
    "command must be specified for u to use exec authentication plugin",
  ],
  "exec-without-api-version": [
    "exec.apiVersion",
    "apiVersion must be specified for u to use exec authentication plugin",
  ],
  "exec-without-variable-name": [
    "exec.env",
    "env variable name must be specified for u to use exec authentication plugin",
  ],
  "exec-without-interactive-mode": [
    "exec.interactiveMode",
    "interactiveMode must be specified for u to use exec authentication plugin",
  ],
  "exec-bad-interactive-mode": [
    "exec.interactiveMode",
    'invalid interactiveMode for u: "Sometimes"',
  ],
  "several-problems": [
    "client-key",
    "invalid configuration\n* client-key-data or client-key must be specified for u to use the clientCert authentication method.\n* more than one authentication method found for u; found [token basicAuth], only one is allowed",
  ],
};

for (const [fault, [field, problem]] of Object.entries(PROBLEMS)) {
  Deno.test(`validateSelection() objects to ${fault}.yaml`, async () => {
    const path = kubeconfigFixture(fault);
    const config = await readKubeconfigFile(path, SYSTEM);
    assert.ok(config);
    const error = await validateSelection(selectContext(config, {}), SYSTEM);
    assert.equal(error?.message, `Cannot use kubeconfig "${path}": ${problem}`);
    assert.equal(error?.field, field);
    assert.equal(error?.path, path);
    assert.doesNotMatch(error?.message ?? "", /secret/);
  });
}

Deno.test("validateSelection() takes a password without a name for basic authentication", async () => {
  const config = parseKubeconfig({
    users: [{ name: "u", user: { token: "t", password: "p" } }],
  }, "config");
  const selection = selectContext(config, { user: "u" });
  const error = await validateSelection(selection, memoryKubeHost());
  assert.equal(error?.field, "token");
});

Deno.test("validateSelection() accepts a user without credentials", async () => {
  const config = parseKubeconfig({}, "config");
  const selection = {
    ...selectContext(config, {}),
    cluster: { ...EMPTY_CLUSTER, server: "https://cluster.example" },
  };
  assert.equal(await validateSelection(selection, memoryKubeHost()), undefined);
});
