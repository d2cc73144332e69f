import { strict as assert } from "node:assert";
import { dirname, join } from "node:path";
import { freePort, kubeconfigOf } from "./support/cluster.ts";
import { assertFound, doctor } from "./support/doctor.ts";
import { expiredLogin } from "./support/expired_certificate.ts";
import type { ProgramOptions, ProgramResult } from "./support/program.ts";
import { assertFailed, push } from "./support/pushes.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();
const archive = once(async () =>
  await makeScriptImage(await scratch.folder("images"), "kubeconfig")
);

/** Nothing gets as far as to it. */
const REGISTRY = { target: "k8scr:5000", namespace: "default" };

Deno.test.afterAll(() => scratch.remove());

Deno.test("push without a kubeconfig says where one is looked for", async () => {
  const env = { KUBECONFIG: "", HOME: scratch.path("nobody-lives-here") };
  assertFailed(await run([], { env }), 2, /--kubeconfig/, /\.kube\/config/);
  const seen = await doctor(REGISTRY, [], { env });
  assertFound(seen, 2, { kubeconfig: /^failed .*kubeconfig/ });
  assert.match(seen.stdout, /\.kube\/config/);
});

Deno.test("push with a kubeconfig that is not there names it", async () => {
  const path = scratch.path("absent.kubeconfig");
  const result = await run(["--kubeconfig", path]);
  assertFailed(result, 2, /kubeconfig/, /absent\.kubeconfig": no such file/);
  assertFound(await doctor(REGISTRY, ["--kubeconfig", path]), 2, {
    kubeconfig: /^failed .*absent\.kubeconfig": no such file/,
  });
});

Deno.test("push with a context that is not there names those that are", async () => {
  const result = await run(["--context", "absent"]);
  assertFailed(result, 2, /context "absent" does not exist/, /are: admin$/m);
});

Deno.test("push with a client certificate that expired says when", async () => {
  const login = await expiredLogin(await scratch.folder("expired"));
  const expired = /client certificate of user "admin" expired on \d{4}-/;
  assertFailed(await run(login), 4, expired, /Get a new kubeconfig/);
});

Deno.test("push with a credential plugin that is not there says how to get it", async () => {
  const kubeconfig = await withPlugin("absent", {
    command: "k8scr-test-no-such-plugin",
    installHint: "Install the test plugin first",
  });
  assertFailed(
    await run(["--kubeconfig", kubeconfig]),
    4,
    /^error of the credential plugin: .*k8scr-test-no-such-plugin/m,
    /^Install the test plugin first$/m,
  );
  const seen = await doctor(REGISTRY, ["--kubeconfig", kubeconfig]);
  assertFound(seen, 4, { credentials: /^failed .*k8scr-test-no-such-plugin/ });
  assert.match(seen.stdout, /^ +Install the test plugin first$/m);
});

Deno.test("push with a credential plugin that fails says how it ended", async () => {
  const kubeconfig = await withPlugin("failing", {
    command: "sh",
    args: ["-c", "echo the vault is sealed >&2; exit 7"],
  });
  assertFailed(
    await run(["--kubeconfig", kubeconfig]),
    4,
    /^error of the credential plugin: .*\b7\b/m,
    /^the vault is sealed$/m,
  );
  const seen = await doctor(REGISTRY, ["--kubeconfig", kubeconfig]);
  assert.equal(seen.stderr, "the vault is sealed\n");
  assertFound({ ...seen, stderr: "" }, 4, {
    credentials: /^failed .*\b7\b/,
  });
});

Deno.test("push with a credential plugin that prints rubbish says so", async () => {
  const outputs = {
    text: "hello",
    empty: "",
    other: JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1beta1",
      kind: "ExecCredential",
      status: { token: "x" },
    }),
    nothing: JSON.stringify({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: {},
    }),
  };
  for (const [name, output] of Object.entries(outputs)) {
    const kubeconfig = await withPlugin(`rubbish-${name}`, {
      command: "printf",
      args: ["%s", output],
    });
    const result = await run(["--kubeconfig", kubeconfig]);
    assertFailed(result, 4, /^error of the credential plugin: .*printf/m);
    assertFound(await doctor(REGISTRY, ["--kubeconfig", kubeconfig]), 4, {
      credentials: /^failed .*printf/,
    });
  }
});

Deno.test("push by http to an API server with TLS says so", async () => {
  const { host } = await server();
  const result = await run(["--server", `http://${host}`]);
  assertFailed(result, 4, /speaks TLS on this port/, /^Write "https:"/m);
  const seen = await doctor(REGISTRY, ["--server", `http://${host}`]);
  assertFound(seen, 4, { server: /^failed .*speaks TLS on this port/ });
});

Deno.test("push by https to a server without TLS says so", async () => {
  await using plain = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("hello"),
  );
  const url = `https://127.0.0.1:${plain.addr.port}`;
  const result = await run(["--server", url]);
  assertFailed(result, 4, /does not speak TLS on this port/);
  assertFound(await doctor(REGISTRY, ["--server", url]), 4, {
    server: /^failed .*does not speak TLS on this port/,
  });
});

Deno.test("push through a proxy that is not there names the proxy", async () => {
  const proxy = `127.0.0.1:${freePort()}`;
  const kubeconfig = await edited(
    "proxied",
    (text) =>
      text.replace(/^( *)server: .*$/m, `$&\n$1proxy-url: http://${proxy}`),
  );
  const result = await run(["--kubeconfig", kubeconfig]);
  assertFailed(result, 4, new RegExp(proxy), /proxy-url/);
  assertFound(await doctor(REGISTRY, ["--kubeconfig", kubeconfig]), 4, {
    server: new RegExp(`^failed .*${proxy}`),
  });
});

async function run(
  flags: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  return await push(REGISTRY, [await archive(), ...flags], options);
}

/** Writes the administrator's kubeconfig with a change, and returns its path. */
async function edited(
  name: string,
  change: (text: string) => string,
): Promise<string> {
  const original = kubeconfigOf("admin");
  const text = await Deno.readTextFile(original);
  const path = join(await scratch.folder(name), "kubeconfig");
  const pki = join(dirname(original), "pki");
  await Deno.writeTextFile(path, change(text.replaceAll("pki/", `${pki}/`)));
  return path;
}

/** Writes a kubeconfig whose user logs in by a credential plugin. */
function withPlugin(name: string, plugin: object): Promise<string> {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    interactiveMode: "Never",
    ...plugin,
  };
  return edited(
    name,
    (text) =>
      text.replace(/^ *user: .*$/m, `  user: ${JSON.stringify({ exec })}`),
  );
}

async function server(): Promise<URL> {
  const text = await Deno.readTextFile(kubeconfigOf("admin"));
  return new URL(/server: (\S+)/.exec(text)?.[1] ?? "");
}
