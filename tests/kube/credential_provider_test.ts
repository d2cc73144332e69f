import { strict as assert } from "node:assert";
import { systemKubeHost } from "../../src/cli/kube_host.ts";
import type { CredentialProvider } from "../../src/kube/connection.ts";
import { selectContext } from "../../src/kube/context_selection.ts";
import { credentialProvider } from "../../src/kube/credential_provider.ts";
import {
  type Kubeconfig,
  type KubeUser,
  parseKubeconfig,
} from "../../src/kube/kubeconfig.ts";
import type { KubeconfigError } from "../../src/kube/kubeconfig_error.ts";
import { readKubeconfigFile } from "../../src/kube/kubeconfig_file.ts";
import type { KubeHost } from "../../src/kube/kube_host.ts";
import { kubeconfigFixture, readPkiFixture } from "./kubeconfig_fixture.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const SYSTEM = systemKubeHost({ stdinTaken: false });
const CERT = readPkiFixture("client.crt");
const KEY = readPkiFixture("client.key");

function provide(
  user: Partial<KubeUser>,
  host: KubeHost,
): Promise<CredentialProvider> {
  const selection = selectContext(parseKubeconfig({}, "f"), {});
  const changed = { ...selection, user: { ...selection.user, ...user } };
  return credentialProvider(changed, { host, warn: fail });
}

function fail(warning: string): void {
  assert.fail(`no warning was expected: ${warning}`);
}

async function readFixture(fault: string): Promise<Kubeconfig> {
  const config = await readKubeconfigFile(kubeconfigFixture(fault), SYSTEM);
  assert.ok(config);
  return config;
}

Deno.test("credentialProvider() sends an inline token as it is", async () => {
  const provider = await provide({ token: "t" }, memoryKubeHost());
  assert.deepEqual(await provider.get(), { authorization: "Bearer t" });
  assert.equal(await provider.refresh(), false);
});

Deno.test("credentialProvider() is anonymous without credentials", async () => {
  const provider = await provide({ password: "p" }, memoryKubeHost());
  assert.deepEqual(await provider.get(), {});
  assert.equal(await provider.refresh(), false);
});

Deno.test("credentialProvider() sends basic authentication in UTF-8", async () => {
  const user = { username: "jürgen", password: "" };
  const provider = await provide(user, memoryKubeHost());
  assert.deepEqual(await provider.get(), {
    authorization: "Basic asO8cmdlbjo=",
  });
});

Deno.test("credentialProvider() prefers tokenFile while it can be read", async () => {
  const host = memoryKubeHost();
  const user = { token: "inline", tokenFile: "/token" };
  const provider = await provide(user, host);
  assert.equal((await provider.get()).authorization, "Bearer inline");
  assert.equal(await provider.refresh(), false);
  host.files.set("/token", "file\n");
  assert.equal((await provider.get()).authorization, "Bearer file");
});

Deno.test("credentialProvider() reads tokenFile again after a 401", async () => {
  const host = memoryKubeHost({ files: { "/token": "first" } });
  const provider = await provide({ tokenFile: "/token" }, host);
  assert.equal(await provider.refresh(), false);
  host.files.set("/token", "second");
  assert.equal((await provider.get()).authorization, "Bearer first");
  assert.equal(await provider.refresh(), true);
  assert.equal((await provider.get()).authorization, "Bearer second");
});

Deno.test("credentialProvider() tells a late request that there are newer credentials", async () => {
  const host = memoryKubeHost({ files: { "/token": "first" } });
  const provider = await provide({ tokenFile: "/token" }, host);
  const rejected = await provider.get();
  assert.equal(await provider.refresh(rejected), false);
  host.files.set("/token", "second");
  assert.equal(await provider.refresh(rejected), true);
  assert.equal(await provider.refresh(rejected), true);
  assert.equal(await provider.refresh(await provider.get()), false);
});

Deno.test("credentialProvider() sends a certificate beside a token", async () => {
  const provider = await provide({
    token: "t",
    clientCertificateData: CERT,
    clientKeyData: KEY,
  }, memoryKubeHost());
  assert.deepEqual(await provider.get(), {
    authorization: "Bearer t",
    certificate: { cert: CERT, key: KEY },
  });
});

Deno.test("credentialProvider() reads certificate files again after five minutes", async () => {
  const files = { "/crt": CERT, "/key": KEY };
  const host = memoryKubeHost({ files });
  const user = { clientCertificate: "/crt", clientKey: "/key" };
  const provider = await provide(user, host);
  const first = await provider.get();
  host.files.set("/crt", readPkiFixture("rsa.crt"));
  host.time = 300_000;
  // The new key is not there yet, so the pair does not fit.
  assert.equal((await provider.get()).certificate, first.certificate);
  host.files.set("/key", readPkiFixture("rsa.key"));
  assert.deepEqual((await provider.get()).certificate, {
    cert: readPkiFixture("rsa.crt"),
    key: readPkiFixture("rsa.key"),
  });
});

Deno.test("credentialProvider() does not read a file beside inline data again", async () => {
  const host = memoryKubeHost({ files: { "/crt": CERT } });
  const user = { clientCertificate: "/crt", clientKeyData: KEY };
  const provider = await provide(user, host);
  host.files.set("/crt", `${CERT}${CERT}`);
  host.time = 1e12;
  assert.equal((await provider.get()).certificate?.cert, CERT);
});

Deno.test("credentialProvider() leaves the exec plugin alone where there is more", async () => {
  const host = memoryKubeHost({ files: { "/token": "file" } });
  const [exec] = parseKubeconfig({
    users: [{ name: "u", user: { exec: { command: "plugin" } } }],
  }, "f").users.values();
  assert.ok(exec?.exec);
  const others: Partial<KubeUser>[] = [
    { token: "t" },
    { tokenFile: "/token" },
    { username: "n" },
    { clientCertificateData: CERT, clientKeyData: KEY },
  ];
  for (const other of others) {
    const provider = await provide({ exec: exec.exec, ...other }, host);
    assert.notDeepEqual(await provider.get(), {});
  }
});

Deno.test("credentialProvider() hands a warning about kuberc on", async () => {
  const config = parseKubeconfig({
    users: [{
      name: "u",
      user: {
        exec: {
          command: "plugin",
          apiVersion: "client.authentication.k8s.io/v1",
          interactiveMode: "Never",
        },
      },
    }],
  }, "f");
  const host = memoryKubeHost({
    env: { HOME: "/h" },
    files: { "/h/.kube/kuberc": "- no mapping" },
  });
  const warnings: string[] = [];
  const warn = (warning: string) => warnings.push(warning);
  const selection = selectContext(config, { user: "u" });
  await credentialProvider(selection, { host, warn });
  assert.deepEqual(warnings, [
    'Cannot read kuberc "/h/.kube/kuberc": the document is a list, but a mapping is wanted; it is not used',
  ]);
});

Deno.test("credentialProvider() prefers a token over a legacy auth provider", async () => {
  const user = { authProvider: "gcp", token: "t" };
  const provider = await provide(user, memoryKubeHost());
  assert.deepEqual(await provider.get(), { authorization: "Bearer t" });
});

/** Files that are valid, and whose credentials nobody can use. */
const UNUSABLE: Readonly<Record<string, [field: string, problem: string]>> = {
  "token-file-and-basic": [
    "username",
    "username/password or bearer token may be set, but not both",
  ],
  "encrypted-key": [
    "client-key",
    'unable to use client-key of user "u": the key is encrypted\nDecrypt it with: openssl pkey -in ENCRYPTED.key -out PLAIN.key',
  ],
  "encrypted-key-data": [
    "client-key-data",
    'unable to use client-key-data of user "u": the key is encrypted\nDecrypt it with: openssl pkey -in ENCRYPTED.key -out PLAIN.key',
  ],
  "key-of-another-certificate": [
    "client-key",
    'unable to use client-key of user "u": the key does not belong to the certificate',
  ],
  "certificate-is-a-key": [
    "client-certificate",
    'unable to use client-certificate of user "u": there is no certificate in PEM form',
  ],
  "auth-provider-gcp": [
    "auth-provider",
    'auth-provider "gcp" of user "u" is not supported\nUse the exec plugin "gke-gcloud-auth-plugin", which "gcloud container clusters get-credentials" sets up, or give a token with --token',
  ],
  "auth-provider-azure": [
    "auth-provider",
    'auth-provider "azure" of user "u" is not supported\nUse the exec plugin "kubelogin", which "kubelogin convert-kubeconfig" sets up, or give a token with --token',
  ],
  "auth-provider-oidc": [
    "auth-provider",
    'auth-provider "oidc" of user "u" is not supported\nUse the exec plugin "kubectl oidc-login", which "kubectl oidc-login setup" sets up, or give a token with --token',
  ],
  "auth-provider-foo": [
    "auth-provider",
    'auth-provider "foo" of user "u" is not supported\nUse an exec plugin, or give a token with --token',
  ],
  "exec-old-api-version": [
    "exec.apiVersion",
    'exec plugin: invalid apiVersion "client.authentication.k8s.io/v1alpha1"\nThe plugin must speak one of client.authentication.k8s.io/v1, client.authentication.k8s.io/v1beta1',
  ],
};

for (const [fault, [field, problem]] of Object.entries(UNUSABLE)) {
  Deno.test(`credentialProvider() refuses ${fault}.yaml`, async () => {
    const selection = selectContext(await readFixture(fault), {});
    const options = { host: SYSTEM, warn: fail };
    await assert.rejects(
      credentialProvider(selection, options),
      (error: KubeconfigError) => {
        const path = kubeconfigFixture(fault);
        assert.equal(error.name, "KubeconfigError");
        assert.equal(
          error.message,
          `Cannot use kubeconfig "${path}": ${problem}`,
        );
        assert.equal(error.field, field);
        return true;
      },
    );
  });
}

Deno.test("credentialProvider() refuses token-with-line-break.yaml", async () => {
  const config = await readFixture("token-with-line-break");
  const options = { host: SYSTEM, warn: fail };
  await assert.rejects(credentialProvider(selectContext(config, {}), options), {
    name: "KubeconfigError",
    message:
      'Cannot use the token of user "u": it has characters that no header may hold, such as a line break',
  });
});

Deno.test("credentialProvider() refuses unreadable-token-file.yaml", async () => {
  const config = await readFixture("unreadable-token-file");
  const options = { host: SYSTEM, warn: fail };
  await assert.rejects(credentialProvider(selectContext(config, {}), options), {
    name: "KubeconfigError",
    field: "tokenFile",
    message: /^Cannot read token file ".*": no such file or directory$/,
  });
});
