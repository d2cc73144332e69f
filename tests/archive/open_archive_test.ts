import { strict as assert } from "node:assert";
import { gzipSync } from "node:zlib";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import {
  type OpenArchiveOptions,
  openImageArchive,
} from "../../src/archive/open_archive.ts";
import { SpoolError } from "../../src/archive/spool.ts";
import type { TarArchive } from "../../src/archive/tar_archive.ts";
import type { ImageSource } from "../../src/content/image_source.ts";
import { madeBytes, streamOf } from "../support/compressed.ts";
import { writeDockerArchive } from "../support/docker_archives.ts";
import { buildImage } from "../support/images.ts";
import { writeLayout, writeOciArchive } from "../support/layouts.ts";
import { buildTar, concatBytes, toBytes } from "../support/tar_builder.ts";
import { readAll, type TempDir, tempDir } from "../support/temp_dir.ts";

const IMAGE = buildImage();
const ENTRIES = [{ content: IMAGE, name: "v1" }];

/** Stands for the docker-archive's source, which has tests of its own. */
function dockerSource(tar: TarArchive): Promise<ImageSource> {
  return Promise.resolve({
    location: tar.location,
    warnings: ["docker"],
    images: () => Promise.resolve([]),
    has: () => Promise.resolve(false),
    open: () => Promise.reject(new Error("Cannot open")),
    close: () => tar.close(),
  });
}

interface Bench extends AsyncDisposable {
  /** Where the input is. */
  readonly input: TempDir;
  /** Where temporary files go. */
  readonly temp: TempDir;
  readonly options: OpenArchiveOptions;
}

async function bench(): Promise<Bench> {
  const input = await tempDir();
  const temp = await tempDir();
  return {
    input,
    temp,
    options: { tempDir: temp.path, docker: dockerSource },
    async [Symbol.asyncDispose]() {
      await input[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

async function ociBytes(dir: TempDir): Promise<Uint8Array> {
  const path = dir.file("made.tar");
  await writeOciArchive(path, ENTRIES);
  return await Deno.readFile(path);
}

async function checkImage(source: ImageSource): Promise<void> {
  const [image] = await source.images();
  assert.deepEqual(image?.names, ["v1"]);
  const bytes = await readAll(await source.open(IMAGE.descriptor));
  assert.deepEqual(bytes, IMAGE.bytes);
}

Deno.test("openImageArchive() reads a tar in place", async () => {
  await using at = await bench();
  const path = await at.input.write("x.tar", await ociBytes(at.input));
  const source = await openImageArchive({ path }, at.options);
  await checkImage(source);
  assert.deepEqual(at.temp.names(), []);
  await source.close();
  assert.deepEqual(at.input.names(), ["made.tar", "x.tar"]);
});

Deno.test("openImageArchive() opens a layout directory", async () => {
  await using at = await bench();
  await writeLayout(at.input.path, ENTRIES);
  const source = await openImageArchive({ path: at.input.path }, at.options);
  await checkImage(source);
  await assert.rejects(
    openImageArchive({ path: at.input.path }, {
      ...at.options,
      format: "docker-archive",
    }),
    /it is a directory, not an archive$/,
  );
});

Deno.test("openImageArchive() spools a compressed file once and deletes it", async () => {
  await using at = await bench();
  const bytes = gzipSync(await ociBytes(at.input));
  const path = await at.input.write("named.bz2", bytes);
  const source = await openImageArchive({ path }, at.options);
  assert.equal(at.temp.names().length, 1);
  assert.equal(source.location, path);
  await checkImage(source);
  await source.close();
  assert.deepEqual(at.temp.names(), []);
});

for (const compressed of [false, true]) {
  Deno.test(`openImageArchive() spools a ${compressed ? "compressed " : ""}stream`, async () => {
    await using at = await bench();
    const plain = await ociBytes(at.input);
    const stream = streamOf(compressed ? gzipSync(plain) : plain, 100);
    const source = await openImageArchive(
      { stream, name: "standard input" },
      at.options,
    );
    assert.equal(source.location, "standard input");
    assert.equal(at.temp.names().length, 1);
    await checkImage(source);
    await source.close();
    assert.deepEqual(at.temp.names(), []);
  });
}

Deno.test("openImageArchive() hands a docker-archive to its opener", async () => {
  await using at = await bench();
  const path = at.input.file("x.tar");
  await writeDockerArchive(path, [{ image: IMAGE, tags: ["a:1"] }]);
  const source = await openImageArchive({ path }, at.options);
  assert.deepEqual(source.warnings, ["docker"]);
  await source.close();
});

Deno.test("openImageArchive() takes the format that it is told", async () => {
  await using at = await bench();
  const path = at.input.file("x.tar");
  const images = [{ image: IMAGE, tags: ["a:v1"] }];
  await writeDockerArchive(path, images, { producer: "containerd" });
  const docker = await openImageArchive({ path }, {
    ...at.options,
    format: "docker-archive",
  });
  assert.deepEqual(docker.warnings, ["docker"]);
  const oci = await openImageArchive({ path }, {
    ...at.options,
    format: "oci-archive",
  });
  assert.deepEqual((await oci.images())[0]?.names, ["a:v1", "v1"]);
});

const PLAIN = buildTar([{ name: "a.txt" }]);
const NO_IMAGE = /it is no image archive/;

for (
  const [what, bytes, reason] of [
    ["is empty", new Uint8Array(), /it is empty$/],
    ["is a zip file", toBytes("PK\x03\x04"), /it is a zip file/],
    [
      "is no archive",
      toBytes("hello\n".repeat(200)),
      /it is not a tar archive$/,
    ],
    ["is no image archive", PLAIN, NO_IMAGE],
    ["is none inside gzip", gzipSync(PLAIN), NO_IMAGE],
    ["is nothing inside gzip", gzipSync(""), /it is empty$/],
    [
      "is text inside bzip2",
      madeBytes("bzip2One"),
      /it is truncated|it is not a tar archive$/,
    ],
    [
      "is gzip inside gzip",
      gzipSync(gzipSync(PLAIN)),
      /it is compressed more than once$/,
    ],
    [
      "is gzip that is cut off",
      gzipSync(PLAIN).subarray(0, -9),
      /its gzip data cannot be decompressed: /,
    ],
    [
      "is gzip with something behind it",
      concatBytes([gzipSync(PLAIN), toBytes("x")]),
      /its gzip data cannot be decompressed: /,
    ],
  ] as [string, Uint8Array, RegExp][]
) {
  Deno.test(`openImageArchive() refuses a file or stream that ${what}, and leaves nothing`, async () => {
    await using at = await bench();
    const path = await at.input.write("x", bytes);
    for (const input of [{ path }, { stream: streamOf(bytes), name: "-" }]) {
      await assert.rejects(openImageArchive(input, at.options), (error) => {
        assert(error instanceof ArchiveError);
        assert.match(error.message, reason);
        return true;
      });
    }
    assert.deepEqual(at.temp.names(), []);
  });
}

for (const fill of ["no tar\n", "\0"]) {
  Deno.test(`openImageArchive() ends at the start of a stream of ${JSON.stringify(fill)}`, async () => {
    await using at = await bench();
    const bytes = toBytes(fill.repeat(1024));
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(bytes),
    });
    const input = { stream: endless, name: "-" };
    await assert.rejects(openImageArchive(input, at.options), {
      name: "ArchiveError",
      recommendation: "Check that it was written completely",
    });
    assert.deepEqual(at.temp.names(), []);
  });
}

Deno.test("openImageArchive() says that a stream is a directory", async () => {
  await using at = await bench();
  const file = await Deno.open(at.input.path);
  const input = { stream: file.readable, name: "standard input" };
  await assert.rejects(openImageArchive(input, at.options), {
    name: "ArchiveError",
    message: 'Cannot read "standard input": it is a directory',
  });
});

Deno.test("openImageArchive() says that there is no such file", async () => {
  await using at = await bench();
  const path = at.input.file("missing.tar");
  await assert.rejects(openImageArchive({ path }, at.options), {
    name: "ArchiveError",
    message: `Cannot read "${path}": there is no such file`,
  });
});

Deno.test("openImageArchive() says before it begins that there is too little room", async () => {
  await using at = await bench();
  // A zstd frame that states a size of 4 PiB, and a block of 512 plain bytes.
  const head = new Uint8Array(17);
  head.set([0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x60]);
  new DataView(head.buffer).setBigUint64(6, 2n ** 52n, true);
  head.set([0x00, 0x10, 0x00], 14);
  const bytes = concatBytes([head, PLAIN.subarray(0, 512)]);
  const path = await at.input.write("x.tar.zst", bytes);
  await assert.rejects(openImageArchive({ path }, at.options), SpoolError);
  assert.deepEqual(at.temp.names(), []);
});

Deno.test("openImageArchive() deletes the spooled file when the opener fails", async () => {
  await using at = await bench();
  const path = at.input.file("x.tar");
  await writeDockerArchive(path, [{ image: IMAGE, tags: ["a:1"] }]);
  const failure = new Error("No room for workers");
  await assert.rejects(
    openImageArchive(
      { stream: streamOf(await Deno.readFile(path)), name: "-" },
      { tempDir: at.temp.path, docker: () => Promise.reject(failure) },
    ),
    failure,
  );
  assert.deepEqual(at.temp.names(), []);
});

for (const fed of ["nothing", "some bytes", "some bytes of gzip"]) {
  Deno.test(`openImageArchive() ends with the signal after ${fed} of a stream`, async () => {
    await using at = await bench();
    const controller = new AbortController();
    const reason = new Error("Interrupted");
    const start = buildTar([{ name: "a" }]);
    let cancelled: unknown;
    const stream = new ReadableStream<Uint8Array>({
      start(stream) {
        if (fed === "some bytes") stream.enqueue(start);
        if (fed === "some bytes of gzip") {
          stream.enqueue(gzipSync(start).subarray(0, -8));
        }
      },
      // Nobody feeds it any more.
      pull() {
        controller.abort(reason);
        return new Promise(() => {});
      },
      cancel(why) {
        cancelled = why;
      },
    }, { highWaterMark: 0 });
    await assert.rejects(
      openImageArchive({ stream, name: "-" }, {
        ...at.options,
        signal: controller.signal,
      }),
      reason,
    );
    assert.equal(cancelled, reason);
    assert.deepEqual(at.temp.names(), []);
  });
}

Deno.test({
  name: "openImageArchive() reads a named pipe",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using at = await bench();
    const path = at.input.file("pipe");
    await at.input.write("x.tar", await ociBytes(at.input));
    const writer = new Deno.Command("sh", {
      args: ["-c", "mkfifo pipe && echo made && cat x.tar > pipe"],
      cwd: at.input.path,
      stdout: "piped",
    }).spawn();
    // Its one line tells that the pipe is there.
    const reader = writer.stdout.getReader();
    await reader.read();
    const source = await openImageArchive({ path }, at.options);
    await reader.cancel();
    assert.equal((await writer.status).success, true);
    await checkImage(source);
    await source.close();
  },
});
