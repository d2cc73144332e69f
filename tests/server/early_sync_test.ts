import { strict as assert } from "node:assert";
import { EarlySync } from "../../src/server/early_sync.ts";
import { withDirectory } from "./registry_fixture.ts";

Deno.test("EarlySync brings a file to the disk", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    await Deno.writeTextFile(path, "hello");
    const disk = new EarlySync(path, { every: 4 });
    disk.written(3);
    disk.written(3);
    await disk.idle();
    await disk.finish();
  });
});

Deno.test("EarlySync does not forget a sync that failed", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    const disk = new EarlySync(path, { every: 4 });
    disk.written(4);
    await disk.idle();
    // The next one would work, as it does on a disk that lost bytes.
    await Deno.writeTextFile(path, "hello");
    await assert.rejects(disk.finish(), Deno.errors.NotFound);
  });
});

Deno.test("EarlySync leaves little bytes for the end", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    const disk = new EarlySync(path, { every: 4 });
    disk.written(3);
    await disk.idle();
    await Deno.writeTextFile(path, "hello");
    await disk.finish();
  });
});
