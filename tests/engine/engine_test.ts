import { strict as assert } from "node:assert";
import { join } from "node:path";
import { openEngine } from "../../src/engine/engine.ts";
import { startFakeEngine, withRawSocket } from "./fake_engine.ts";
import { memoryEngineHost } from "./memory_engine_host.ts";

Deno.test("openEngine() says which engine answers", async () => {
  await using fake = await startFakeEngine();
  const host = memoryEngineHost({ DOCKER_HOST: fake.address });
  using engine = await openEngine(host);
  assert.equal(engine.product, "Docker 28.3.0");
  assert.equal(engine.address, fake.address);
  assert.equal(engine.location, `the engine at ${fake.address}`);
});

Deno.test("openEngine() goes on to the next socket", async () => {
  await using fake = await startFakeEngine();
  const runtime = join(fake.folder, "runtime");
  await Deno.mkdir(join(runtime, "podman"), { recursive: true });
  await Deno.symlink(fake.path, join(runtime, "podman", "podman.sock"));
  // Nothing listens on what is only a file.
  await Deno.writeTextFile(join(runtime, "docker.sock"), "");
  const host = memoryEngineHost({ XDG_RUNTIME_DIR: runtime });
  using engine = await openEngine(host);
  const own = `unix://${runtime}/podman/podman.sock`;
  // An engine of this machine comes first.
  assert.ok([own, "unix:///var/run/docker.sock"].includes(engine.address));
});

Deno.test("openEngine() tells what it tried, and why not", async () => {
  const host = memoryEngineHost({ DOCKER_HOST: "unix:///nonexistent/a.sock" });
  await assert.rejects(openEngine(host), {
    name: "EngineConnectionError",
    message: [
      "Cannot find a container engine: none answers",
      "Tried unix:///nonexistent/a.sock (DOCKER_HOST): there is no such socket",
    ].join("\n"),
    recommendation: /an archive needs no engine: k8scr push FILE$/,
  });
});

Deno.test("openEngine() does not take something else for an engine", async () => {
  const reply = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nOK";
  await withRawSocket(reply, async (path) => {
    const host = memoryEngineHost({ DOCKER_HOST: `unix://${path}` });
    await assert.rejects(openEngine(host), {
      message: /: what answers there is no container engine$/,
    });
  });
});

Deno.test("openEngine() does not wait for an engine that hangs", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "mute.sock");
  const listener = Deno.listen({ transport: "unix", path });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  try {
    const host = memoryEngineHost({ DOCKER_HOST: `unix://${path}` });
    await assert.rejects(openEngine(host, { timeout: 50 }), {
      message: /: it does not answer within 0\.05 s$/,
    });
  } finally {
    listener.close();
    await accepting;
    for (const connection of connections) connection.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("openEngine() ends with the signal", async () => {
  await using fake = await startFakeEngine();
  const host = memoryEngineHost({ DOCKER_HOST: fake.address });
  const signal = AbortSignal.abort(
    new DOMException("Interrupted", "AbortError"),
  );
  await assert.rejects(openEngine(host, { signal }), { name: "AbortError" });
});
