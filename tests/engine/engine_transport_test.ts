import { strict as assert } from "node:assert";
import { engineTransport } from "../../src/engine/engine_transport.ts";
import {
  SEES_CLIENT_CERTIFICATES,
  startFakeMutualTlsFront,
  startFakeTlsFront,
} from "../support/fake_tls_front.ts";
import { createAuthority } from "../support/pki.ts";
import { startFakeEngine } from "./fake_engine.ts";

Deno.test("engineTransport() sends over a Unix socket", async () => {
  await using engine = await startFakeEngine(async (request) =>
    Response.json({ method: request.method, text: await request.text() })
  );
  const { path, address } = engine;
  const origin = "the test";
  using transport = engineTransport({ kind: "unix", path, address, origin });
  const request = new Request(`${transport.url}/images/load?quiet=1`, {
    method: "POST",
    body: new Blob(["tar"]).stream(),
  });
  const response = await transport.send(request);
  assert.deepEqual(await response.json(), { method: "POST", text: "tar" });
  assert.deepEqual(engine.requests, ["POST /images/load?quiet=1"]);
});

Deno.test("engineTransport() checks the engine's certificate with its authority", async () => {
  const authority = createAuthority("engines");
  const server = authority.issue("engine", {
    use: "server",
    names: ["127.0.0.1"],
  });
  await using plain = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("OK"),
  );
  const front = startFakeTlsFront(server, { port: plain.addr.port });
  try {
    const url = `https://127.0.0.1:${front.port}`;
    const endpoint = { kind: "tcp", url, address: url, origin: "x" } as const;
    const tls = { ca: authority.cert };
    using trusting = engineTransport({ ...endpoint, tls });
    const response = await trusting.send(new Request(`${url}/_ping`));
    assert.equal(await response.text(), "OK");
    using doubting = engineTransport({ ...endpoint, tls: {} });
    await assert.rejects(doubting.send(new Request(`${url}/_ping`)));
  } finally {
    front.close();
  }
});

Deno.test({
  name: "engineTransport() shows the client's certificate",
  ignore: !SEES_CLIENT_CERTIFICATES,
  async fn() {
    const authority = createAuthority("engines");
    const issue = (name: string, use: "server" | "client") =>
      authority.issue(name, { use, names: ["127.0.0.1"] });
    await using plain = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => new Response("OK"),
    );
    const { port } = plain.addr;
    const clientCa = authority.cert;
    const front = await startFakeMutualTlsFront(issue("engine", "server"), {
      port,
      clientCa,
    });
    try {
      const url = `https://127.0.0.1:${front.port}`;
      const tls = { ca: clientCa, ...issue("me", "client") };
      const endpoint = { kind: "tcp", url, address: url, origin: "x" } as const;
      using transport = engineTransport({ ...endpoint, tls });
      const joined = front.joined();
      const response = await transport.send(new Request(`${url}/_ping`));
      assert.equal(await response.text(), "OK");
      assert.equal(await joined, "me");
    } finally {
      front.close();
    }
  },
});

Deno.test("engineTransport() refuses a certificate that is no PEM", () => {
  const endpoint = {
    kind: "tcp",
    url: "https://build.lab:2376",
    address: "tcp://build.lab",
    origin: "DOCKER_HOST",
    tls: { cert: "no", key: "PEM" },
  } as const;
  assert.throws(() => engineTransport(endpoint), {
    name: "EngineSettingsError",
    message:
      /^Cannot use the certificates for the engine "tcp:\/\/build\.lab": /,
  });
});
