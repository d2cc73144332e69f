import { strict as assert } from "node:assert";
import { systemKubeHost } from "../../src/cli/kube_host.ts";
import type { KubeconfigError } from "../../src/kube/kubeconfig_error.ts";
import { readKubeconfigFile } from "../../src/kube/kubeconfig_file.ts";
import { kubeconfigFixture } from "./kubeconfig_fixture.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const SYSTEM = systemKubeHost({ stdinTaken: false });

/** Files that kubectl does not read either, and what is said about them. */
const UNREADABLE: Readonly<Record<string, [field: string, problem: string]>> = {
  "number-token": [
    "users[0].user.token",
    "users[0].user.token is a number, but text is wanted\nWrite the value in quotes",
  ],
  "float-context": [
    "current-context",
    "current-context is a number, but text is wanted\nWrite the value in quotes",
  ],
  "boolean-name": [
    "users[1].name",
    "users[1].name is a boolean, but text is wanted\nWrite the value in quotes",
  ],
  "text-boolean": [
    "clusters[0].cluster.insecure-skip-tls-verify",
    "clusters[0].cluster.insecure-skip-tls-verify is text, but true or false is wanted",
  ],
  "text-as-user": [
    "users[1].user",
    "users[1].user is text, but a mapping is wanted",
  ],
  "bad-base64": [
    "clusters[0].cluster.certificate-authority-data",
    "clusters[0].cluster.certificate-authority-data has illegal base64 data at input byte 4",
  ],
  "duplicate-user": [
    "users[1].name",
    'users[1].name is "u" a second time: names are unique in one file',
  ],
  "wrong-kind": ["kind", 'kind is "Pod", but a kubeconfig has "Config"'],
  list: ["", "the document is a list, but a mapping is wanted"],
  "broken-yaml": [
    "",
    "the text is not YAML at line 6, column 1 (MISSING_CHAR)",
  ],
  "missing-anchor": [
    "",
    "an anchor is missing, holds itself or is used too often",
  ],
  "alias-bomb": [
    "",
    "an anchor is missing, holds itself or is used too often",
  ],
};

for (const [fault, [field, problem]] of Object.entries(UNREADABLE)) {
  Deno.test(`readKubeconfigFile() refuses ${fault}.yaml`, async () => {
    const path = kubeconfigFixture(fault);
    await assert.rejects(
      readKubeconfigFile(path, SYSTEM),
      (error: KubeconfigError) => {
        assert.equal(error.name, "KubeconfigError");
        assert.equal(
          error.message,
          `Cannot read kubeconfig "${path}": ${problem}`,
        );
        assert.equal(error.path, path);
        assert.equal(error.field ?? "", field);
        assert.ok(error.cause instanceof Error);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
}

/** Files that look odd, and the token that kubectl finds in them. */
const READABLE: Readonly<Record<string, string | undefined>> = {
  valid: "secret-token",
  "second-document": "secret-token",
  "duplicate-keys": "last-token",
  empty: undefined,
  "comment-only": undefined,
};

for (const [name, token] of Object.entries(READABLE)) {
  Deno.test(`readKubeconfigFile() reads ${name}.yaml`, async () => {
    const config = await readKubeconfigFile(kubeconfigFixture(name), SYSTEM);
    assert.ok(config);
    assert.equal(config.users.get("u")?.token, token);
  });
}

Deno.test("readKubeconfigFile() ignores a key in another case", async () => {
  const path = kubeconfigFixture("wrong-case");
  const config = await readKubeconfigFile(path, SYSTEM);
  assert.equal(config?.currentContext, "");
});

Deno.test("readKubeconfigFile() gives nothing for a file that is not there", async () => {
  const host = memoryKubeHost();
  assert.equal(await readKubeconfigFile("config", host), undefined);
});

Deno.test("readKubeconfigFile() refuses a folder", async () => {
  const path = await Deno.makeTempDir();
  try {
    await assert.rejects(readKubeconfigFile(path, SYSTEM), {
      name: "KubeconfigError",
      message: `Cannot read kubeconfig "${path}": is a directory`,
    });
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("readKubeconfigFile() makes paths absolute, from the file's own folder", async () => {
  const config = await readKubeconfigFile(
    "conf/config",
    memoryKubeHost({
      cwd: "/work",
      files: {
        "/work/conf/config": JSON.stringify({
          clusters: [
            { name: "cl", cluster: { "certificate-authority": "../ca.crt" } },
            { name: "none" },
          ],
          users: [
            {
              name: "u",
              user: {
                "client-certificate": "client.crt",
                "client-key": "/etc/client.key",
                tokenFile: "./token",
              },
            },
            { name: "path", user: { exec: { command: "bin/../plugin" } } },
            { name: "bare", user: { exec: { command: "plugin" } } },
          ],
        }),
      },
    }),
  );
  const user = config?.users.get("u");
  assert.deepEqual({
    authority: config?.clusters.get("cl")?.certificateAuthority,
    noAuthority: config?.clusters.get("none")?.certificateAuthority,
    certificate: user?.clientCertificate,
    key: user?.clientKey,
    token: user?.tokenFile,
    path: config?.users.get("path")?.exec?.command,
    bare: config?.users.get("bare")?.exec?.command,
  }, {
    authority: "/work/ca.crt",
    noAuthority: "",
    certificate: "/work/conf/client.crt",
    key: "/etc/client.key",
    token: "/work/conf/token",
    path: "/work/conf/plugin",
    bare: "plugin",
  });
});
