import { strict as assert } from "node:assert";
import { join } from "node:path";
import { serveRegistry } from "../../src/cli/serve_registry.ts";
import type { ServeSettings } from "../../src/cli/serve_settings.ts";
import { until, withDirectory } from "../server/registry_fixture.ts";
import { createAuthority } from "../support/pki.ts";
import { FakeIo } from "./fake_io.ts";

function settingsFor(dataDir: string): ServeSettings {
  return {
    listen: { hostname: "127.0.0.1", port: 0 },
    dataDir,
    readOnly: false,
    gcGrace: 1000,
    logFormat: "text",
    check: false,
    output: "text",
  };
}

Deno.test("serveRegistry() says where it serves, and that it stopped", async () => {
  await withDirectory(async (directory) => {
    const io = new FakeIo();
    io.interrupt();
    assert.equal(await serveRegistry(settingsFor(directory), io), 0);
    const [start = "", stop = "", ...rest] = io.stderr.text.split("\n");
    assert.match(start, /Z Serving .+ on http:\/\/127\.0\.0\.1:[0-9]+$/);
    assert.match(stop, /Z Stopped serving /);
    assert.deepEqual(rest, [""]);
  });
});

Deno.test("serveRegistry() serves TLS without a warning", async () => {
  await withDirectory(async (directory) => {
    const authority = createAuthority("test");
    const { cert, key } = authority.issue("registry", {
      use: "server",
      names: ["127.0.0.1"],
    });
    const certFile = join(directory, "tls.crt");
    const keyFile = join(directory, "tls.key");
    await Deno.writeTextFile(certFile, cert);
    await Deno.writeTextFile(keyFile, key);
    const io = new FakeIo();
    const running = serveRegistry({
      ...settingsFor(join(directory, "data")),
      listen: { hostname: "0.0.0.0", port: 0 },
      tlsFiles: { certFile, keyFile },
    }, io);
    await until(() => io.stderr.text.includes("\n"));
    const [, port] = /https:\/\/0\.0\.0\.0:([0-9]+)\n/.exec(io.stderr.text) ??
      [];
    using client = Deno.createHttpClient({ caCerts: [authority.cert] });
    const response = await fetch(`https://127.0.0.1:${port}/healthz`, {
      client,
    });
    assert.equal(await response.text(), "ok\n");
    io.interrupt();
    assert.equal(await running, 0);
    assert.doesNotMatch(io.stderr.text, /Warning/);
  });
});
