import { strict as assert } from "node:assert";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import type { ProgramResult } from "./support/program.ts";
import { push } from "./support/pushes.ts";
import { listTags } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { UploadMeter } from "./support/upload_meter.ts";

const scratch = new Scratch();
const archive = once(async () => {
  const path = scratch.path("interrupted.tar");
  const layer = { filling: "noise", size: 256 * MEBIBYTE } as const;
  await writeBigImage(path, "big/interrupted:1", [layer]);
  await succeed(["zstd", "-q", "--fast", path]);
  return path;
});

Deno.test.afterAll(() => scratch.remove());

Deno.test("Ctrl-C in a push ends it with 130 and leaves no tag", async () => {
  await withNamespace("push-interrupt", async (namespace) => {
    const registry = await startRegistry(namespace);
    const result = await interrupt(registry, await archive());
    assert.equal(result.code, 130, result.stderr);
    assert.equal(result.stdout, "");
    assert.deepEqual(await listTags(registry, "big/interrupted"), []);
  });
});

Deno.test("Ctrl-C in a push deletes what was spooled", async () => {
  await withNamespace("push-interrupt", async (namespace) => {
    const registry = await startRegistry(namespace);
    const result = await interrupt(registry, `${await archive()}.zst`);
    assert.equal(result.code, 130, result.stderr);
    assert.notDeepEqual(result.temporary, []);
    assert.deepEqual(result.left, []);
    assert.deepEqual(await listTags(registry, "big/interrupted"), []);
  });
});

/** Pushes, and sends SIGINT as soon as the registry has accepted a byte. */
function interrupt(registry: Registry, path: string): Promise<ProgramResult> {
  const meter = new UploadMeter();
  let sent = false;
  return push(registry, [path, "--progress", "json"], {
    onLine(line, process) {
      if (sent || meter.read(line) === 0) return;
      sent = true;
      process.kill("SIGINT");
    },
  });
}
