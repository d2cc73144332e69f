import { strict as assert } from "node:assert";
import {
  type ExecPluginPolicy,
  policyObjection,
  readExecPluginPolicy,
} from "../../src/kube/exec_plugin_policy.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const HEAD = "apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n";
const ALLOW_ALL: ExecPluginPolicy = { type: "AllowAll", allowlist: [] };

function read(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ExecPluginPolicy> {
  const files = { "/home/u/.kube/kuberc": text, "/other": text };
  return readExecPluginPolicy(
    memoryKubeHost({ env: { HOME: "/home/u", ...env }, files }),
  );
}

Deno.test("readExecPluginPolicy() allows all without a kuberc", async () => {
  const host = memoryKubeHost({ env: { HOME: "/home/u" } });
  assert.deepEqual(await readExecPluginPolicy(host), ALLOW_ALL);
});

Deno.test("readExecPluginPolicy() reads policy and list", async () => {
  const policies: [string, ExecPluginPolicy][] = [
    ["", ALLOW_ALL],
    ["# nothing\n", ALLOW_ALL],
    [HEAD, ALLOW_ALL],
    [HEAD + 'credentialPluginPolicy: ""\n', ALLOW_ALL],
    [HEAD + "credentialPluginPolicy: AllowAll\n", ALLOW_ALL],
    [
      HEAD + "credentialPluginPolicy: DenyAll\n",
      { type: "DenyAll", allowlist: [] },
    ],
    [
      HEAD +
      "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- name: a\n- command: /b\n",
      { type: "Allowlist", allowlist: ["a", "/b"] },
    ],
    [
      `kind: Other\n---\n${HEAD}credentialPluginPolicy: DenyAll\n`,
      { type: "DenyAll", allowlist: [] },
    ],
  ];
  for (const [text, policy] of policies) {
    assert.deepEqual(await read(text), policy, text);
  }
});

Deno.test("readExecPluginPolicy() reads the file that $KUBERC names", async () => {
  const host = memoryKubeHost({
    cwd: "/work",
    env: { HOME: "/home/u", KUBERC: "my-kuberc" },
    files: { "/work/my-kuberc": HEAD + "credentialPluginPolicy: DenyAll\n" },
  });
  assert.equal((await readExecPluginPolicy(host)).type, "DenyAll");
});

Deno.test("readExecPluginPolicy() can be turned off", async () => {
  const text = HEAD + "credentialPluginPolicy: DenyAll\n";
  assert.equal((await read(text, { KUBERC: "off" })).type, "AllowAll");
  assert.equal(
    (await read(text, { KUBECTL_KUBERC: "false" })).type,
    "AllowAll",
  );
  assert.equal((await read(text, { KUBECTL_KUBERC: "true" })).type, "DenyAll");
});

Deno.test("readExecPluginPolicy() warns of a broken file in the home folder", async () => {
  const policy = await read("a: [");
  assert.equal(policy.type, "AllowAll");
  assert.match(
    policy.warning ?? "",
    /^Cannot read kuberc "\/home\/u\/.kube\/kuberc": the text is not YAML at line 1.*; it is not used$/,
  );
  const other = await read("kind: Pod\n");
  assert.equal(
    other.warning,
    'Cannot read kuberc "/home/u/.kube/kuberc": no document of it is a Preference; it is not used',
  );
});

Deno.test("readExecPluginPolicy() does not pass over a file that $KUBERC names", async () => {
  await assert.rejects(read("a: [", { KUBERC: "/other" }), {
    name: "KubeconfigError",
    path: "/other",
  });
  await assert.rejects(read("", { KUBERC: "/gone" }), {
    message: 'Cannot read kuberc "/gone": no such file or directory',
  });
});

Deno.test("readExecPluginPolicy() refuses a policy that contradicts itself", async () => {
  const faults = {
    "credentialPluginPolicy: Allowlist\n":
      'credentialPluginAllowlist is empty or has an empty entry, but credentialPluginPolicy is "Allowlist"',
    "credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{}]\n":
      'credentialPluginAllowlist is empty or has an empty entry, but credentialPluginPolicy is "Allowlist"',
    "credentialPluginPolicy: denyall\n":
      'credentialPluginPolicy is "denyall", but "AllowAll", "DenyAll" or "Allowlist" is wanted',
    "credentialPluginAllowlist: [{name: a}]\n":
      'credentialPluginAllowlist is there, but credentialPluginPolicy is "AllowAll"',
  };
  for (const [text, problem] of Object.entries(faults)) {
    await assert.rejects(read(HEAD + text), {
      name: "KubeconfigError",
      message: `Cannot use kuberc "/home/u/.kube/kuberc": ${problem}`,
    });
  }
});

Deno.test("readExecPluginPolicy() refuses a policy of the wrong type", async () => {
  await assert.rejects(read(HEAD + "credentialPluginPolicy: [DenyAll]\n"), {
    name: "KubeconfigError",
    message:
      'Cannot use kuberc "/home/u/.kube/kuberc": credentialPluginPolicy is a list, but text is wanted',
  });
});

async function objection(
  policy: ExecPluginPolicy,
  command = "plugin",
): Promise<string | undefined> {
  const host = memoryKubeHost({
    env: { PATH: "/usr/bin" },
    executables: ["/usr/bin/plugin", "/usr/bin/other", "/opt/plugin"],
  });
  const path = command.startsWith("/") ? command : `/usr/bin/${command}`;
  return await policyObjection({ command, path }, { policy, host });
}

Deno.test("policyObjection() allows all or nothing", async () => {
  assert.equal(await objection(ALLOW_ALL), undefined);
  assert.equal(
    await objection({ type: "DenyAll", allowlist: [] }),
    'plugin "plugin" not allowed: policy set to "DenyAll"',
  );
});

Deno.test("policyObjection() allows what the list names by name or path", async () => {
  for (const entry of ["plugin", "/usr/bin/plugin"]) {
    const policy: ExecPluginPolicy = { type: "Allowlist", allowlist: [entry] };
    assert.equal(await objection(policy), undefined, entry);
    assert.equal(await objection(policy, "/usr/bin/plugin"), undefined, entry);
  }
});

Deno.test("policyObjection() refuses another program of the same name", async () => {
  for (const entry of ["plugin", "/usr/bin/plugin", "other"]) {
    const policy: ExecPluginPolicy = { type: "Allowlist", allowlist: [entry] };
    assert.equal(
      await objection(policy, "/opt/plugin"),
      'plugin path "/opt/plugin" is not permitted by the credential plugin allowlist',
    );
  }
});
