import { strict as assert } from "node:assert";
import { spool, SpoolError } from "../../src/archive/spool.ts";
import { streamOf } from "../support/compressed.ts";
import { toBytes } from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("spool() writes a stream to a file that only the user can read", async () => {
  await using dir = await tempDir();
  const path = await spool(streamOf(toBytes("content"), 2), {
    tempDir: dir.path,
    location: "-",
    expectedSize: 7,
  });
  assert.equal(await Deno.readTextFile(path), "content");
  assert.match(path, /k8scr-[0-9a-f-]{36}\.tar$/);
  if (Deno.build.os === "windows") return;
  assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
});

Deno.test("spool() says before it begins that there is too little room", async () => {
  await using dir = await tempDir();
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    cancel() {
      cancelled = true;
    },
  });
  const expectedSize = 2 ** 52;
  const spooling = spool(stream, {
    tempDir: dir.path,
    location: "image.tar.gz",
    expectedSize,
  });
  await assert.rejects(spooling, (error) => {
    assert(error instanceof SpoolError);
    assert.match(
      error.message,
      /^Cannot unpack "image.tar.gz": it needs at least 4503599627370496 bytes in ".+", which has \d+ free$/,
    );
    assert.match(error.recommendation, /^Set TMPDIR to/);
    return true;
  });
  assert.equal(cancelled, true);
  assert.deepEqual(dir.names(), []);
});

Deno.test("spool() says that the folder is not there", async () => {
  await using dir = await tempDir();
  const missing = dir.file("missing");
  const spooling = spool(streamOf(toBytes("x")), {
    tempDir: missing,
    location: "-",
    expectedSize: 1,
  });
  await assert.rejects(spooling, (error) => {
    assert(error instanceof SpoolError);
    assert.equal(error.tempDir, missing);
    assert(
      error.message.startsWith(
        `Cannot make a temporary file in "${missing}": `,
      ),
    );
    return true;
  });
});

Deno.test("spool() deletes the file when the stream fails", async () => {
  await using dir = await tempDir();
  const failure = new Error("The stream broke");
  const stream = ReadableStream.from((async function* () {
    yield toBytes("some");
    await Promise.resolve();
    throw failure;
  })());
  await assert.rejects(
    spool(stream, { tempDir: dir.path, location: "-" }),
    failure,
  );
  assert.deepEqual(dir.names(), []);
});

Deno.test("spool() deletes the file when it is aborted", async () => {
  await using dir = await tempDir();
  const controller = new AbortController();
  const reason = new Error("Interrupted");
  let cancelled: unknown;
  const stream = new ReadableStream<Uint8Array>({
    start: (stream) => stream.enqueue(toBytes("some")),
    pull: () => controller.abort(reason),
    cancel(why) {
      cancelled = why;
    },
  }, { highWaterMark: 0 });
  const { signal } = controller;
  await assert.rejects(
    spool(stream, { tempDir: dir.path, location: "-", signal }),
    reason,
  );
  assert.equal(cancelled, reason);
  assert.deepEqual(dir.names(), []);
});

Deno.test("spool() writes nothing when it is aborted before", async () => {
  await using dir = await tempDir();
  const signal = AbortSignal.abort(new Error("Interrupted"));
  await assert.rejects(
    spool(streamOf(toBytes("x")), { tempDir: dir.path, location: "-", signal }),
    /Interrupted/,
  );
  assert.deepEqual(dir.names(), []);
});
