import { strict as assert } from "node:assert";
import { join } from "node:path";
import { layerEncoding } from "../../src/archive/layer_compression.ts";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { measureEncoding } from "../../src/cli/measure_encoding.ts";
import { openRegistryLink } from "../../src/cli/registry_link.ts";
import type { SourceLocation } from "../../src/cli/source_location.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FakeIo } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

const SETTINGS = {
  encoding: layerEncoding("gzip"),
  reuseLayers: true,
  dryRun: false,
};

async function measure(
  cluster: PodProxyServer,
  location: SourceLocation,
  settings: Partial<typeof SETTINGS> = {},
) {
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const display = new LineDisplay(io, { steps: false });
  using link = await openRegistryLink({
    registry: "k8scr",
    connection: {},
    chunkSize: 1_000_000,
    stallTimeout: 60_000,
    output: { output: "text", progress: "none", quiet: false, verbose: false },
  }, { io, display, stdinTaken: false });
  const options = { location, link, display, io, processors: 2 };
  const { encoding, reuseLayers } = await measureEncoding(
    { ...SETTINGS, ...settings },
    options,
  );
  const { compression } = encoding;
  return { compression, reuseLayers, told: io.stderr.text };
}

Deno.test("measureEncoding() measures path and archive, and prints its choice", async () => {
  await using cluster = await PodProxyServer.start();
  await using dir = await tempDir();
  const path = join(dir.path, "image.tar");
  await Deno.writeFile(path, new Uint8Array(2_000_000));
  const { compression, told } = await measure(cluster, { kind: "path", path });
  assert.match(
    told,
    new RegExp(
      `takes .*/s: layers are sent with --compression ${compression}\\n`,
    ),
  );
  const methods = cluster.requests.map((request) => request.split(" ")[0]);
  assert.ok(methods.includes("PATCH"));
  assert.equal(methods.at(-1), "DELETE");
});

Deno.test("measureEncoding() measures nothing for what cannot be tried", async () => {
  await using cluster = await PodProxyServer.start();
  const { compression, told } = await measure(cluster, { kind: "stream" });
  assert.equal(compression, "gzip");
  assert.match(told, /cannot be tried beforehand: layers are sent with gzip/);
  assert.deepEqual(
    cluster.requests.filter((request) => !request.includes("/nodes")),
    [],
  );
});

Deno.test("measureEncoding() fails as the push would where there is no way to the registry", async () => {
  await using cluster = await PodProxyServer.start();
  await using dir = await tempDir();
  const path = join(dir.path, "image.tar");
  await Deno.writeFile(path, new Uint8Array(1000));
  cluster.refusal = { code: 403, reason: "Forbidden", message: "no" };
  await assert.rejects(measure(cluster, { kind: "path", path }), {
    name: "KubernetesError",
    status: 403,
  });
});

Deno.test("measureEncoding() takes layers in whatever compression every node unpacks", async () => {
  await using cluster = await PodProxyServer.start();
  const { reuseLayers } = await measure(cluster, { kind: "stream" });
  assert.deepEqual(reuseLayers, ["gzip", "none"]);
  const none = await measure(cluster, { kind: "stream" }, {
    reuseLayers: false,
  });
  assert.equal(none.reuseLayers, false);
});

Deno.test("measureEncoding() sends nothing for a dry run", async () => {
  await using cluster = await PodProxyServer.start();
  await using dir = await tempDir();
  const path = join(dir.path, "image.tar");
  await Deno.writeFile(path, new Uint8Array(2_000_000));
  const location = { kind: "path", path } as const;
  const { told } = await measure(cluster, location, { dryRun: true });
  assert.equal(told, "");
  assert.ok(!cluster.requests.some((request) => request.startsWith("PATCH")));
});
