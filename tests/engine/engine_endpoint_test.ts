import { strict as assert } from "node:assert";
import { parseEngineAddress } from "../../src/engine/engine_endpoint.ts";

const origin = "DOCKER_HOST";

Deno.test("parseEngineAddress() reads a socket", () => {
  const address = "unix:///run/podman/podman.sock";
  assert.deepEqual(parseEngineAddress(address, { origin }), {
    kind: "unix",
    path: "/run/podman/podman.sock",
    address,
    origin,
  });
  const { kind, ...rest } = parseEngineAddress("unix://", { origin });
  assert.equal(kind, "unix");
  assert.equal("path" in rest && rest.path, "/var/run/docker.sock");
});

Deno.test("parseEngineAddress() gives TCP the port that Docker gives it", () => {
  const urls = {
    "tcp://build.lab": "http://build.lab:2375",
    "tcp://build.lab:4000/base/": "http://build.lab:4000/base",
    "tcp://:2375": "http://localhost:2375",
    "tcp://[::1]": "http://[::1]:2375",
    "https://build.lab": "https://build.lab:2376",
  };
  for (const [address, url] of Object.entries(urls)) {
    const endpoint = parseEngineAddress(address, { origin });
    assert.equal(endpoint.kind === "tcp" && endpoint.url, url);
  }
});

Deno.test("parseEngineAddress() makes a TCP address with certificates one of TLS", () => {
  const tls = { ca: "PEM" };
  assert.deepEqual(parseEngineAddress("tcp://build.lab", { origin, tls }), {
    kind: "tcp",
    url: "https://build.lab:2376",
    address: "tcp://build.lab",
    origin,
    tls,
  });
});

Deno.test("parseEngineAddress() shows the way round SSH", () => {
  assert.throws(() => parseEngineAddress("ssh://me@build.lab", { origin }), {
    name: "EngineSettingsError",
    message:
      'Cannot use the engine "ssh://me@build.lab" of DOCKER_HOST: an engine is not reached over SSH',
    recommendation:
      "Forward its socket: ssh -nNT -L /tmp/engine.sock:/var/run/docker.sock HOST, and set DOCKER_HOST=unix:///tmp/engine.sock",
  });
});

Deno.test("parseEngineAddress() refuses what it cannot use", () => {
  const refused = [
    "npipe:////./pipe/docker_engine",
    "/var/run/docker.sock",
    "tcp://a b",
  ];
  for (const address of refused) {
    assert.throws(() => parseEngineAddress(address, { origin }), {
      name: "EngineSettingsError",
    });
  }
});
