import { strict as assert } from "node:assert";
import { systemKubeHost } from "../../src/cli/kube_host.ts";
import { ExecCredentialProvider } from "../../src/kube/exec_credential.ts";
import type { ExecCredentialError } from "../../src/kube/exec_credential_error.ts";
import type { ExecPluginPolicy } from "../../src/kube/exec_plugin_policy.ts";
import type { KubeHost } from "../../src/kube/kube_host.ts";
import { EMPTY_CLUSTER, type ExecPlugin } from "../../src/kube/kubeconfig.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

const API_VERSION = "client.authentication.k8s.io/v1";
const ALLOW_ALL: ExecPluginPolicy = { type: "AllowAll", allowlist: [] };
const PLUGIN: ExecPlugin = {
  apiVersion: API_VERSION,
  command: "plugin",
  args: [],
  env: [],
  installHint: "",
  provideClusterInfo: false,
  interactiveMode: "Never",
};

function credential(token: string, expirationTimestamp?: string): string {
  return JSON.stringify({
    apiVersion: API_VERSION,
    kind: "ExecCredential",
    status: { token, expirationTimestamp },
  });
}

function provider(
  host: KubeHost,
  plugin: Partial<ExecPlugin> = {},
  policy: ExecPluginPolicy = ALLOW_ALL,
): ExecCredentialProvider {
  const cluster = { server: "https://h", cluster: EMPTY_CLUSTER };
  const options = { cluster, policy, host };
  return new ExecCredentialProvider({ ...PLUGIN, ...plugin }, options);
}

/** Puts a shell script named `plugin` into a folder that is on `PATH`. */
async function withScript(
  script: string,
  action: (folder: string, host: KubeHost) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const text = `#!/bin/sh\n${script}\n`;
    await Deno.writeTextFile(`${folder}/plugin`, text, { mode: 0o755 });
    const env: Readonly<Record<string, string>> = {
      PATH: `${folder}:/usr/bin:/bin`,
      OWN: "caller",
      OTHER: "caller",
    };
    await action(folder, {
      ...systemKubeHost({ stdinTaken: false }),
      stdinIsTerminal: false,
      env: (name) => env[name],
      environment: () => env,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A machine whose plugin gives the tokens `1`, `2`, … */
function countingHost(expirationTimestamp?: string) {
  let runs = 0;
  const host = memoryKubeHost({
    env: { PATH: "/bin" },
    executables: ["/bin/plugin"],
    run() {
      runs++;
      const text = credential(String(runs), expirationTimestamp);
      const stdout = new TextEncoder().encode(text);
      return Promise.resolve({ code: 0, stdout });
    },
  });
  return { host, runs: () => runs };
}

Deno.test("ExecCredentialProvider runs a program with arguments and environment", async () => {
  const script = `
printf '%s' "$*" > "$OUT/args"
printf '%s %s %s' "$OWN" "$OTHER" "$SECOND" > "$OUT/env"
printf '%s' "$KUBERNETES_EXEC_INFO" > "$OUT/info"
cat > "$OUT/stdin"
echo '${credential("token")}'`;
  await withScript(script, async (folder, host) => {
    const { authorization } = await provider(host, {
      args: ["a b", "--c"],
      env: [
        { name: "OUT", value: folder },
        { name: "OWN", value: "first" },
        { name: "OWN", value: "plugin" },
        { name: "SECOND", value: "" },
        { name: "KUBERNETES_EXEC_INFO", value: "forged" },
      ],
      provideClusterInfo: true,
    }).get();
    assert.equal(authorization, "Bearer token");
    const read = (name: string) => Deno.readTextFile(`${folder}/${name}`);
    assert.equal(await read("args"), "a b --c");
    assert.equal(await read("env"), "plugin caller ");
    assert.equal(
      await read("info"),
      '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"cluster":{"server":"https://h","config":null},"interactive":false}}\n',
    );
    assert.equal(await read("stdin"), "");
  });
});

Deno.test("ExecCredentialProvider looks the program up on the caller's PATH", async () => {
  const script = `echo '${credential("token")}'`;
  await withScript(script, async (_folder, host) => {
    const env = [{ name: "PATH", value: "/usr/bin:/bin" }];
    const { authorization } = await provider(host, { env }).get();
    assert.equal(authorization, "Bearer token");
  });
});

Deno.test("ExecCredentialProvider tells how the program failed", async () => {
  const script = "echo secret; exit 7";
  await withScript(script, async (_folder, host) => {
    const args = ["--password=secret"];
    await assert.rejects(provider(host, { args }).get(), {
      name: "ExecCredentialError",
      message:
        'Cannot get credentials from exec plugin "plugin": exec: executable plugin failed with exit code 7',
      command: "plugin",
      exitCode: 7,
    });
  });
});

Deno.test("ExecCredentialProvider tells that a signal ended the program", async () => {
  await withScript("kill -KILL $$", async (_folder, host) => {
    await assert.rejects(provider(host).get(), { exitCode: 137 });
  });
});

const RUBBISH: [output: string, reason: RegExp][] = [
  ["secret", /: decoding stdout: it is not an ExecCredential$/],
  ['{"token": "secret"}', /: decoding stdout: its kind is not ExecCredential$/],
  [
    credential("secret").replace("/v1", "/v1beta1"),
    /: exec plugin is configured to use API version client\.authentication\.k8s\.io\/v1, plugin returned version client\.authentication\.k8s\.io\/v1beta1$/,
  ],
  [credential(""), /: exec plugin didn't return a token or cert\/key pair$/],
];

Deno.test("ExecCredentialProvider refuses rubbish and does not show it", async () => {
  for (const [output, reason] of RUBBISH) {
    await withScript(`echo '${output}'`, async (_folder, host) => {
      await assert.rejects(
        provider(host).get(),
        (error: ExecCredentialError) => {
          assert.equal(error.name, "ExecCredentialError");
          assert.equal(error.command, "plugin");
          assert.equal(error.exitCode, undefined);
          assert.match(error.message, reason);
          assert.doesNotMatch(error.message, /secret/);
          return true;
        },
      );
    });
  }
});

Deno.test("ExecCredentialProvider shows how to install what is missing", async () => {
  const host = memoryKubeHost({ env: { PATH: "/bin" } });
  const installHint = "Run:\n\tinstall \u001b[31mplugin";
  await assert.rejects(provider(host, { installHint }).get(), {
    name: "ExecCredentialError",
    message:
      `Cannot get credentials from exec plugin "plugin": exec: executable plugin not found
It looks like you are trying to use a client-go credential plugin that is not installed.
To learn more about this feature, consult the documentation available at:
https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

Run:
\tinstall U+001B[31mplugin`,
    installHint: "Run:\n\tinstall U+001B[31mplugin",
  });
});

Deno.test("ExecCredentialProvider tells why a program cannot be started", async () => {
  await withScript("", async (folder, host) => {
    const text = "#!/nonexistent/interpreter\n";
    await Deno.writeTextFile(`${folder}/plugin`, text);
    await assert.rejects(provider(host).get(), {
      name: "ExecCredentialError",
      message:
        'Cannot get credentials from exec plugin "plugin": exec: no such file or directory',
    });
  });
});

Deno.test("ExecCredentialProvider does not run what kuberc forbids", async () => {
  const { host, runs } = countingHost();
  const policy: ExecPluginPolicy = { type: "DenyAll", allowlist: [] };
  await assert.rejects(provider(host, {}, policy).get(), {
    name: "ExecCredentialError",
    message:
      'Cannot get credentials from exec plugin "plugin": plugin "plugin" not allowed: policy set to "DenyAll"',
  });
  assert.equal(runs(), 0);
});

Deno.test("ExecCredentialProvider keeps credentials that never expire", async () => {
  const { host, runs } = countingHost();
  const credentials = provider(host);
  assert.equal((await credentials.get()).authorization, "Bearer 1");
  host.time = Date.UTC(2100);
  assert.equal((await credentials.get()).authorization, "Bearer 1");
  assert.equal(runs(), 1);
});

Deno.test("ExecCredentialProvider runs again when the credentials expired", async () => {
  const { host } = countingHost("1970-01-01T00:01:00Z");
  const credentials = provider(host);
  await credentials.get();
  host.time = 60_000;
  assert.equal((await credentials.get()).authorization, "Bearer 1");
  host.time = 60_001;
  assert.equal((await credentials.get()).authorization, "Bearer 2");
});

Deno.test("ExecCredentialProvider runs once for many at the same time", async () => {
  const { host, runs } = countingHost();
  const credentials = provider(host);
  const all = await Promise.all([1, 2, 3].map(() => credentials.get()));
  assert.deepEqual(
    all.map(({ authorization }) => authorization),
    ["Bearer 1", "Bearer 1", "Bearer 1"],
  );
  assert.equal(runs(), 1);
});

Deno.test("ExecCredentialProvider.refresh() makes the program run again", async () => {
  const { host, runs } = countingHost();
  const credentials = provider(host);
  await credentials.get();
  assert.equal(await credentials.refresh(), true);
  assert.equal(runs(), 1);
  assert.equal((await credentials.get()).authorization, "Bearer 2");
});

Deno.test("ExecCredentialProvider.refresh() keeps what was renewed already", async () => {
  const { host, runs } = countingHost();
  const credentials = provider(host);
  const rejected = await credentials.get();
  await credentials.refresh(rejected);
  await credentials.get();
  assert.equal(await credentials.refresh(rejected), true);
  assert.equal((await credentials.get()).authorization, "Bearer 2");
  assert.equal(runs(), 2);
});

Deno.test("ExecCredentialProvider runs again after a failure", async () => {
  const { host } = countingHost();
  const run = host.run;
  const failing = { ...host, run: () => Promise.reject(new Error("Busy")) };
  let now: KubeHost = failing;
  const credentials = provider({ ...host, run: (...args) => now.run(...args) });
  await assert.rejects(credentials.get(), {
    message: 'Cannot get credentials from exec plugin "plugin": exec: busy',
  });
  now = { ...host, run };
  assert.equal((await credentials.get()).authorization, "Bearer 1");
});

interface Terminal {
  readonly stdinIsTerminal: boolean;
  readonly stdinTaken: boolean;
}

const FREE: Terminal = { stdinIsTerminal: true, stdinTaken: false };
const TAKEN: Terminal = { stdinIsTerminal: true, stdinTaken: true };
const NONE: Terminal = { stdinIsTerminal: false, stdinTaken: false };

/** The mode, the terminal, and what standard input and `interactive` become. */
const INTERACTIVE: [mode: string, terminal: Terminal, outcome: string][] = [
  ["Never", FREE, "null false"],
  ["IfAvailable", FREE, "inherit true"],
  ["IfAvailable", TAKEN, "null false"],
  ["IfAvailable", NONE, "null false"],
  ["Always", FREE, "inherit true"],
];

Deno.test("ExecCredentialProvider gives standard input where the mode allows it", async () => {
  for (const [interactiveMode, terminal, outcome] of INTERACTIVE) {
    let seen = "";
    const host = memoryKubeHost({
      ...terminal,
      env: { PATH: "/bin" },
      executables: ["/bin/plugin"],
      run(_command, { stdin, env }) {
        const info = JSON.parse(env.KUBERNETES_EXEC_INFO ?? "");
        seen = `${stdin} ${info.spec.interactive}`;
        const stdout = new TextEncoder().encode(credential("t"));
        return Promise.resolve({ code: 0, stdout });
      },
    });
    await provider(host, { interactiveMode }).get();
    assert.equal(seen, outcome);
  }
});

Deno.test("ExecCredentialProvider refuses Always without a terminal of its own", async () => {
  const cases: [Terminal, string][] = [
    [NONE, "standard input is not a terminal"],
    [
      TAKEN,
      "standard input is unavailable: the command reads it itself",
    ],
  ];
  for (const [terminal, reason] of cases) {
    const host = memoryKubeHost(terminal);
    const plugin = { interactiveMode: "Always" };
    await assert.rejects(provider(host, plugin).get(), {
      name: "ExecCredentialError",
      message:
        `Cannot get credentials from exec plugin "plugin": exec plugin cannot support interactive mode: ${reason}`,
    });
  }
});
