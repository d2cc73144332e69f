import { strict as assert } from "node:assert";
import { main } from "../../../src/cli/main.ts";
import { FakeIo } from "../fake_io.ts";
import { PodProxyServer } from "../pod_proxy_server.ts";

interface RunningProxy {
  /** What it printed when it was ready. */
  readonly line: string;
  readonly url: string;
  readonly io: FakeIo;
  /** Ends it as Ctrl-C does and returns its exit code. */
  stop(): Promise<number>;
}

/** Starts the command at a free port and waits for its line. */
async function startProxy(
  cluster: PodProxyServer,
  ...args: string[]
): Promise<RunningProxy> {
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const { promise: ready, resolve } = Promise.withResolvers<string>();
  const write = io.stdout.write.bind(io.stdout);
  io.stdout.write = async (content) => {
    await write(content);
    resolve(io.stdout.text);
  };
  const ended = main(["proxy", "--listen", "127.0.0.1:0", ...args], io);
  const line = await Promise.race([
    ready,
    ended.then((code) =>
      assert.fail(`It ended with ${code}: ${io.stderr.text}`)
    ),
  ]);
  const [address] = /127\.0\.0\.1:\d+/.exec(line) ?? [];
  return {
    line,
    url: `http://${address}`,
    io,
    stop() {
      io.interrupt();
      return ended;
    },
  };
}

async function withProxy(
  action: (cluster: PodProxyServer, proxy: RunningProxy) => Promise<void>,
): Promise<void> {
  await using cluster = await PodProxyServer.start();
  const proxy = await startProxy(cluster);
  let code: number | undefined;
  try {
    await action(cluster, proxy);
  } finally {
    code = await proxy.stop();
  }
  assert.equal(code, 0);
}

async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return `sha256:${new Uint8Array(hash).toHex()}`;
}

Deno.test("proxy answers as the registry in the Pod", async () => {
  await withProxy(async (_, { url, line, io }) => {
    assert.match(line, /^127\.0\.0\.1:\d+\n$/);
    assert.match(
      io.stderr.text,
      /^The registry "k8scr" answers there, without TLS; Ctrl-C ends it\n$/,
    );
    const { status, headers, body } = await fetch(`${url}/v2/`);
    await body?.cancel();
    assert.equal(status, 200);
    assert.equal(
      headers.get("docker-distribution-api-version"),
      "registry/2.0",
    );
  });
});

Deno.test("proxy takes an upload whose Location leads back to it", async () => {
  await withProxy(async (_, { url }) => {
    const bytes = new TextEncoder().encode("content");
    const digest = await digestOf(bytes);
    const start = await fetch(`${url}/v2/app/blobs/uploads/`, {
      method: "POST",
    });
    await start.body?.cancel();
    assert.equal(start.status, 202);
    const location = start.headers.get("location") ?? "";
    assert.match(location, /^\/v2\/app\/blobs\/uploads\//);
    const session = new URL(location, url);
    session.searchParams.set("digest", digest);
    const done = await fetch(session, { method: "PUT", body: bytes });
    await done.body?.cancel();
    assert.equal(done.status, 201);
    assert.equal(done.headers.get("location"), `/v2/app/blobs/${digest}`);
    const blob = `${url}/v2/app/blobs/${digest}`;
    const part = await fetch(blob, { headers: { range: "bytes=3-" } });
    assert.equal(part.status, 206);
    assert.equal(part.headers.get("content-range"), "bytes 3-6/7");
    assert.equal(await part.text(), "tent");
    const head = await fetch(blob, { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), "7");
  });
});

Deno.test("proxy prints its address as JSON when asked", async () => {
  await using cluster = await PodProxyServer.start();
  const proxy = await startProxy(cluster, "-o", "json", "-q");
  assert.equal(await proxy.stop(), 0);
  const { address } = JSON.parse(proxy.line);
  assert.equal(`http://${address}`, proxy.url);
  assert.equal(proxy.io.stderr.text, "");
});

Deno.test("proxy tells a refusal of the API server to the client and its user", async () => {
  await withProxy(async (cluster, { url, io }) => {
    cluster.refusal = {
      code: 403,
      reason: "Forbidden",
      message:
        'pods "k8scr" is forbidden: User "jane" cannot create resource "pods/proxy" in API group "" in the namespace "infra"',
    };
    for (const path of ["a", "b"]) {
      const answer = await fetch(`${url}/v2/${path}/blobs/uploads/`, {
        method: "POST",
      });
      assert.equal(answer.status, 403);
      const { errors: [{ code, message }] } = await answer.json();
      assert.equal(code, "DENIED");
      assert.match(message, /^error from the API server: .*User "jane"/);
      assert.doesNotMatch(message, /\n/);
    }
    assert.match(
      io.stderr.text,
      /^POST \/v2\/a\/blobs\/uploads\/: error from the API server: /m,
    );
    assert.match(io.stderr.text, /^POST \/v2\/b\/blobs\/uploads\/: error /m);
    // The Role that would help is printed once.
    assert.equal(io.stderr.text.match(/^kind: Role$/gm)?.length, 1);
  });
});

Deno.test("proxy refuses what a web page sends", async () => {
  await withProxy(async (cluster, { url }) => {
    const before = cluster.requests.length;
    const answer = await fetch(`${url}/v2/`, {
      method: "POST",
      headers: { origin: "http://evil.example" },
    });
    assert.equal(answer.status, 403);
    const { errors: [{ code }] } = await answer.json();
    assert.equal(code, "DENIED");
    assert.equal(cluster.requests.length, before);
  });
});

Deno.test("proxy warns when others can reach it", async () => {
  await using cluster = await PodProxyServer.start();
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const code = await main(
    ["proxy", "--listen", "0.0.0.0:0", "--exec", "--", ...deno("0")],
    io,
  );
  assert.equal(code, 0);
  assert.match(
    io.stderr.text,
    /^warning: whoever reaches 0\.0\.0\.0:\d+ acts with the rights of your kubeconfig\n$/,
  );
});

Deno.test("proxy runs a command that finds it, and ends with its exit code", async () => {
  await using cluster = await PodProxyServer.start();
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const script =
    "(await fetch('http://' + Deno.env.get('K8SCR_PROXY') + '/v2/')).status - 193";
  const code = await main(
    ["proxy", "--listen", "127.0.0.1:0", "--exec", "--", ...deno(script)],
    io,
  );
  assert.equal(code, 7);
  assert.equal(io.stdout.text, "");
});

Deno.test("proxy does not start where nobody may use it", async () => {
  await using cluster = await PodProxyServer.start();
  const run = async (...args: string[]) => {
    const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
    const code = await main(["proxy", "--listen", "127.0.0.1:0", ...args], io);
    assert.equal(io.stdout.text, "");
    return { code, stderr: io.stderr.text };
  };
  const absent = await run("-r", "other");
  assert.equal(absent.code, 4);
  assert.match(absent.stderr, /^error from the API server: .*other/);
  cluster.refusal = { code: 403, reason: "Forbidden", message: "no" };
  assert.equal((await run()).code, 3);
});

Deno.test("proxy tells of a port that is taken, and a command that there is not", async () => {
  await using cluster = await PodProxyServer.start();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const run = async (...args: string[]) => {
    const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
    return { code: await main(["proxy", ...args], io), text: io.stderr.text };
  };
  const taken = await run("--listen", `127.0.0.1:${port}`);
  assert.equal(taken.code, 1);
  assert.equal(
    taken.text,
    `error: Cannot listen on "127.0.0.1:${port}": another process listens there\n` +
      "Stop that process, or listen on another port\n",
  );
  const missing = await run(
    "--listen",
    "127.0.0.1:0",
    "--",
    "/no/such/command",
  );
  assert.equal(missing.code, 2);
  assert.match(
    missing.text,
    /^error: Cannot run "\/no\/such\/command": there is no such command\n$/m,
  );
});

/** A command that ends with the value of an expression. */
function deno(expression: string): string[] {
  return [Deno.execPath(), "eval", `Deno.exit(${expression})`];
}
