import { strict as assert } from "node:assert";
import { engineCandidates } from "../../src/engine/engine_candidates.ts";
import { memoryEngineHost } from "./memory_engine_host.ts";

async function addressesOf(
  ...host: Parameters<typeof memoryEngineHost>
): Promise<readonly string[]> {
  const found = await engineCandidates(memoryEngineHost(...host));
  return found.map(({ address, origin }) => `${address} (${origin})`);
}

Deno.test("engineCandidates() asks nobody else than DOCKER_HOST", async () => {
  const env = {
    HOME: "/home/me",
    DOCKER_HOST: "unix:///a.sock",
    DOCKER_CONTEXT: "lab",
    CONTAINER_HOST: "unix:///b.sock",
  };
  assert.deepEqual(await addressesOf(env), ["unix:///a.sock (DOCKER_HOST)"]);
});

Deno.test("engineCandidates() takes CONTAINER_HOST before the current context", async () => {
  const files = {
    "/home/me/.docker/config.json": JSON.stringify({ currentContext: "lab" }),
  };
  const env = { HOME: "/home/me", CONTAINER_HOST: "unix:///b.sock" };
  assert.deepEqual(await addressesOf(env, { files }), [
    "unix:///b.sock (CONTAINER_HOST)",
  ]);
});

Deno.test("engineCandidates() looks at the sockets of Docker and Podman", async () => {
  const env = { HOME: "/home/me", XDG_RUNTIME_DIR: "/run/user/1000" };
  assert.deepEqual(await addressesOf(env), [
    "unix:///var/run/docker.sock (the default)",
    "unix:///run/user/1000/docker.sock (the default)",
    "unix:///run/user/1000/podman/podman.sock (the default)",
    "unix:///run/podman/podman.sock (the default)",
    "unix:///home/me/.docker/run/docker.sock (the default)",
  ]);
  assert.equal(
    (await addressesOf({ HOME: "/Users/me" }, { os: "darwin" })).at(-1),
    "unix:///Users/me/.local/share/containers/podman/machine/podman.sock (the default)",
  );
});

Deno.test("engineCandidates() says that a named pipe is not read", async () => {
  await assert.rejects(addressesOf({}, { os: "windows" }), {
    name: "EngineSettingsError",
    message: /the named pipes of Windows are not read$/,
  });
});

Deno.test("engineCandidates() reads certificates where DOCKER_TLS_VERIFY is set", async () => {
  const files = { "/certs/ca.pem": "CA" };
  const env = {
    DOCKER_HOST: "tcp://build.lab",
    DOCKER_TLS_VERIFY: "1",
    DOCKER_CERT_PATH: "/certs",
  };
  const [endpoint] = await engineCandidates(memoryEngineHost(env, { files }));
  assert.deepEqual(endpoint, {
    kind: "tcp",
    url: "https://build.lab:2376",
    address: "tcp://build.lab",
    origin: "DOCKER_HOST",
    tls: { ca: "CA" },
  });
});
