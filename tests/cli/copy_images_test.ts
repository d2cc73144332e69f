import { strict as assert } from "node:assert";
import { main } from "../../src/cli/main.ts";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import { buildImage } from "../support/images.ts";
import { writeOciArchive } from "../support/layouts.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FakeIo } from "./fake_io.ts";
import { LyingRegistry } from "./lying_registry.ts";
import { withScene } from "./transfer_scene.ts";

Deno.test("copyImages() brings images to a registry outside and back", async () => {
  await using data = await tempDir();
  const server = await startRegistryServer({ dataDir: data.path });
  try {
    await withScene(async ({ folder, push, run }) => {
      const { host } = new URL(server.url);
      const image = buildImage();
      const { digest } = image.descriptor;
      await push("cool/app:1", image);
      const out = await run(["copy", "cool/app:1", `registry:${host}/ext`]);
      assert.equal(out.code, 0, out.stderr);
      assert.equal(out.stdout, `ext:1@${digest}\n`);
      const tar = folder.file("a.tar");
      const file = await run(["copy", `registry:${host}/ext:1`, tar]);
      assert.equal(file.code, 0, file.stderr);
      // The host belongs to the name of an image from elsewhere.
      assert.equal(file.stdout, `${host}/ext:1@${digest}  ${tar}\n`);
      const back = await run([
        ...["copy", `registry:${host}/ext:1`, "back:2", "-o", "json"],
      ]);
      assert.equal(back.code, 0, back.stderr);
      const { images } = JSON.parse(back.stdout);
      assert.equal(images[0].digest, digest);
      assert.deepEqual(images[0].tags, ["2"]);
    });
  } finally {
    await server.shutdown();
  }
});

Deno.test("copyImages() streams from a pipe into a pipe", async () => {
  await withScene(async ({ folder, run }) => {
    const source = folder.file("layout");
    await writeOciArchive(source, [{ content: buildImage(), name: "app:1" }]);
    const { code, stdout, stderr } = await run(
      ["copy", "oci-archive:-", "docker-archive:-", "--progress", "none"],
      { stdin: await Deno.readFile(source) },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^blobs\/sha256\/[0-9a-f]{64}\0/);
    assert.match(stderr, /^app:1@sha256:[0-9a-f]{64} {2}-\n$/);
    assert.deepEqual(folder.names(), ["layout"]);
  });
});

Deno.test("copyImages() names the registry that sent wrong bytes", async () => {
  const image = buildImage();
  await using registry = await LyingRegistry.start(image);
  const digest = image.layers[0]?.descriptor.digest ?? "";
  registry.lies.set(digest, (blob) => new Response(blob.map((b) => b ^ 1)));
  await using folder = await tempDir();
  const io = new FakeIo({ env: { KUBECONFIG: registry.kubeconfig } });
  const target = `oci:${folder.file("layout")}`;
  assert.equal(await main(["copy", "app:1", target], io), 1);
  assert.match(
    io.stderr.text,
    /^error from the registry: Cannot use what the registry "k8scr" sent: /m,
  );
});
