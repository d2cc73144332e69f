import { strict as assert } from "node:assert";
import {
  describeTarget,
  openTarget,
  refuseTerminal,
} from "../../src/cli/open_target.ts";
import type { StagedTarget } from "../../src/content/staged_target.ts";
import { buildImage } from "../support/images.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FakeIo } from "./fake_io.ts";

const DISPLAY = { warn: () => {} };

async function fill(target: StagedTarget): Promise<void> {
  const { descriptor, bytes } = buildImage();
  await target.pushManifest(descriptor, bytes);
  await target.tag(descriptor, bytes, "app:1");
  await target.commit();
}

Deno.test("openTarget() opens an archive and a layout", async () => {
  await using folder = await tempDir();
  const io = new FakeIo();
  const path = folder.file("a.tar");
  await fill(
    await openTarget({ kind: "archive", path, format: "oci-archive" }, {
      io,
      display: DISPLAY,
    }),
  );
  const layout = folder.file("l");
  await fill(
    await openTarget({ kind: "layout", path: layout }, {
      io,
      display: DISPLAY,
    }),
  );
  assert.deepEqual(folder.names(), ["a.tar", "l"]);
});

Deno.test("openTarget() opens the standard output, and tells when nobody reads it", async () => {
  const io = new FakeIo();
  const location = { kind: "stream", format: "oci-archive" } as const;
  await fill(await openTarget(location, { io, display: DISPLAY }));
  assert.match(io.stdout.text, /^blobs\/sha256\//);
  const closed = await openTarget(location, { io, display: DISPLAY });
  io.stdout.isClosed = true;
  await assert.rejects(fill(closed), {
    message: /^Cannot write to the standard output: its reader has gone\n/,
  });
});

Deno.test("openTarget() refuses a terminal", async () => {
  const io = new FakeIo({ isTerminal: true });
  assert.throws(() => refuseTerminal(io.stdout), { name: "UsageError" });
  await assert.rejects(
    openTarget({ kind: "stream", format: "oci-archive" }, {
      io,
      display: DISPLAY,
    }),
    { name: "UsageError" },
  );
});

Deno.test("describeTarget() writes a location as a result has it", () => {
  assert.equal(describeTarget({ kind: "layout", path: "dir" }), "dir");
  assert.equal(
    describeTarget({ kind: "archive", path: "a.tar", format: "oci-archive" }),
    "a.tar",
  );
  assert.equal(describeTarget({ kind: "stream", format: "oci-archive" }), "-");
  assert.equal(describeTarget({ kind: "engine" }), "docker-daemon");
});
