import { strict as assert } from "node:assert";
import { checkRegistry } from "../../src/cli/serve_check.ts";
import { withDirectory, withRegistryOn } from "../server/registry_fixture.ts";
import { FakeIo } from "./fake_io.ts";

function checkOf(dataDir: string, io: FakeIo): Promise<number> {
  return checkRegistry({
    listen: { hostname: "127.0.0.1", port: 0 },
    dataDir,
    readOnly: false,
    gcGrace: 1000,
    logFormat: "text",
    check: true,
    output: "text",
  }, io);
}

Deno.test("checkRegistry() finds an empty store sound", async () => {
  await withDirectory(async (directory) => {
    const io = new FakeIo();
    assert.equal(await checkOf(directory, io), 0);
    assert.equal(
      io.stdout.text,
      "0 repositories, 0 tags, 0 manifests, 0 blobs of 0 B: all is sound\n",
    );
  });
});

Deno.test("checkRegistry() ends when it is interrupted", async () => {
  await withDirectory(async (directory) => {
    await withRegistryOn(directory, async (registry) => {
      await registry.send("POST", `/v2/a/blobs/uploads/?digest=${EMPTY}`);
    });
    const io = new FakeIo();
    io.interrupt();
    await assert.rejects(checkOf(directory, io), { name: "AbortError" });
  });
});

const EMPTY =
  "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
