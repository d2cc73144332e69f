import { strict as assert } from "node:assert";
import { join } from "node:path";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { pushImages } from "../../src/cli/push_images.ts";
import type { PushSettings } from "../../src/cli/push_settings.ts";
import type { SourceLocation } from "../../src/cli/source_location.ts";
import { writeDockerArchive } from "../support/docker_archives.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
  type BuiltImage,
} from "../support/images.ts";
import { writeLayout } from "../support/layouts.ts";
import { MemoryTarget } from "../support/memory_store.ts";
import { FakeIo } from "./fake_io.ts";

const SETTINGS: PushSettings = {
  source: "",
  registry: "k8scr",
  connection: {},
  naming: { select: [] },
  encoding: { compression: "gzip", level: 1 },
  jobs: 2,
  chunkSize: 8_000_000,
  stallTimeout: 60_000,
  measured: false,
  resume: true,
  reuseLayers: true,
  dryRun: false,
  output: { output: "text", progress: "plain", quiet: false, verbose: false },
};

/** A registry whose repositories are in memory. */
class MemoryRegistry {
  readonly repositories = new Map<string, MemoryTarget>();
  connections = 0;

  connect(): Promise<this> {
    this.connections++;
    return Promise.resolve(this);
  }

  repository(name: string): MemoryTarget {
    const target = this.repositories.get(name) ?? new MemoryTarget();
    this.repositories.set(name, target);
    return target;
  }
}

/** Nothing is there whose address one could want. */
function unasked(): Promise<never> {
  return Promise.reject(new Error("The address of the nodes was asked for"));
}

async function inFolder(
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function push(
  location: SourceLocation,
  registry: MemoryRegistry,
  settings: Partial<PushSettings> = {},
): Promise<{ stdout: string; stderr: string }> {
  const io = new FakeIo();
  const display = new LineDisplay(io, { steps: false });
  const stdout = await pushImages({ ...SETTINGS, ...settings }, {
    location,
    connect: () => registry.connect(),
    nodeAddress: () => Promise.resolve(undefined),
    display,
    io,
  });
  display.close();
  return { stdout, stderr: io.stderr.text };
}

async function withLayout(
  action: (location: SourceLocation, image: BuiltImage) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const image = buildImage();
    const path = join(folder, "layout");
    await writeLayout(path, [{
      content: image,
      name: "docker.io/cool/image:1.2",
    }]);
    await action({ kind: "path", path }, image);
  });
}

Deno.test("pushImages() pushes, tags and prints the reference", async () => {
  await withLayout(async (location, image) => {
    const registry = new MemoryRegistry();
    const { stdout, stderr } = await push(location, registry);
    const { digest } = image.descriptor;
    assert.equal(stdout, `cool/image:1.2@${digest}\n`);
    assert.equal(
      stderr,
      "docker.io/cool/image:1.2 is pushed as cool/image:1.2\n",
    );
    const target = registry.repository("cool/image");
    assert.equal(target.tags.get("1.2"), digest);
    assert.deepEqual(
      [...target.blobs.keys()].sort(),
      [...image.blobs.keys()].sort(),
    );
  });
});

Deno.test("pushImages() says what was sent and what was not", async () => {
  await withLayout(async (location, image) => {
    const registry = new MemoryRegistry();
    const output = { ...SETTINGS.output, output: "json" } as const;
    const first = JSON.parse(
      (await push(location, registry, { output })).stdout,
    );
    const again = JSON.parse(
      (await push(location, registry, { output })).stdout,
    );
    const sizes = [...image.blobs.values()].map(({ length }) => length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.equal(first.bytesSent, total);
    assert.equal(first.bytesSkipped, 0);
    assert.equal(again.bytesSent, 0);
    assert.equal(again.bytesSkipped, total);
    assert.equal(again.images[0].digest, image.descriptor.digest);
  });
});

Deno.test("pushImages() names images as it was told", async () => {
  await withLayout(async (location, image) => {
    const registry = new MemoryRegistry();
    const naming = { select: [], as: "other:2", prefix: "team" };
    const { stdout } = await push(location, registry, { naming });
    assert.equal(stdout, `team/other:2@${image.descriptor.digest}\n`);
  });
});

Deno.test("pushImages() takes the image that the location names", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "two.tar");
    const one = buildImage({ layers: [{ a: "1" }] });
    const two = buildImage({ layers: [{ b: "2" }] });
    await writeDockerArchive(path, [
      { image: one, tags: ["one:1"] },
      { image: two, tags: ["two:1", "two:2"] },
    ]);
    const registry = new MemoryRegistry();
    await push({ kind: "path", path, name: "two:2" }, registry);
    assert.deepEqual([...registry.repositories.keys()], ["two"]);
    assert.deepEqual([...registry.repository("two").tags.keys()], ["2"]);
  });
});

Deno.test("pushImages() sends nothing in a dry run", async () => {
  await withLayout(async (location, image) => {
    const registry = new MemoryRegistry();
    const { stdout } = await push(location, registry, { dryRun: true });
    assert.match(
      stdout,
      new RegExp(`^cool/image:1\\.2 {2}${image.descriptor.digest}\\n`),
    );
    assert.match(stdout, /to send/);
    const { calls } = registry.repository("cool/image");
    assert.ok(calls.length > 0);
    assert.ok(calls.every((call) => call.startsWith("exists ")));
    await push(location, registry);
    const again = await push(location, registry, { dryRun: true });
    assert.match(again.stdout, /there already/);
    assert.match(again.stdout, /would send at most 0 B\n$/);
  });
});

Deno.test("pushImages() looks at a file before it needs a registry", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "text.tar");
    await Deno.writeTextFile(path, "not an image\n".repeat(100));
    const registry = new MemoryRegistry();
    await assert.rejects(push({ kind: "path", path }, registry), {
      name: "ArchiveError",
    });
    assert.equal(registry.connections, 0);
  });
});

Deno.test("pushImages() needs a registry before it reads a stream", async () => {
  const io = new FakeIo({ stdin: new Uint8Array(100) });
  const display = new LineDisplay(io, { steps: false });
  const failure = new Error("Cannot reach it");
  await assert.rejects(
    pushImages(SETTINGS, {
      location: { kind: "stream" },
      connect: () => Promise.reject(failure),
      nodeAddress: unasked,
      display,
      io,
    }),
    failure,
  );
  assert.equal((await new Response(io.stdin).bytes()).length, 100);
});

Deno.test("pushImages() ends when it is interrupted", async () => {
  await withLayout(async (location) => {
    const io = new FakeIo();
    io.interrupt();
    await assert.rejects(
      pushImages(SETTINGS, {
        location,
        connect: () => new MemoryRegistry().connect(),
        nodeAddress: unasked,
        display: new LineDisplay(io, { steps: false }),
        io,
      }),
      { name: "AbortError" },
    );
  });
});

const COSIGN = "dev.cosignproject.cosign/";
const SIGNATURE = buildImage({ layers: [{ s: "1" }] });

/** Writes a layout as `cosign save` does. */
async function writeSigned(path: string, image: BuiltContent): Promise<string> {
  await writeLayout(path, [
    { content: image, annotations: { kind: `${COSIGN}image` } },
    { content: SIGNATURE, annotations: { kind: `${COSIGN}sigs` } },
  ]);
  return `${image.descriptor.digest.replace(":", "-")}.sig`;
}

Deno.test("pushImages() pushes signatures to the tags where cosign looks", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "signed");
    const image = buildImage();
    const tag = await writeSigned(path, image);
    const registry = new MemoryRegistry();
    const naming = { select: [], as: "cool/image:1.2", prefix: "team" };
    const { stdout, stderr } = await push({ kind: "path", path }, registry, {
      naming,
    });
    assert.equal(stdout, `team/cool/image:1.2@${image.descriptor.digest}\n`);
    assert.equal(
      stderr,
      "An image without a name is pushed as team/cool/image:1.2\n" +
        `With it goes team/cool/image:${tag}\n`,
    );
    assert.deepEqual([...registry.repository("team/cool/image").tags], [
      [tag, SIGNATURE.descriptor.digest],
      ["1.2", image.descriptor.digest],
    ]);
  });
});

Deno.test("pushImages() says which signature stays behind", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "signed");
    await writeSigned(path, buildIndex([buildImage()]));
    const registry = new MemoryRegistry();
    const naming = { select: [], as: "app:1" };
    const platform = { os: "linux", architecture: "amd64" };
    const { stderr } = await push({ kind: "path", path }, registry, {
      naming,
      platform,
    });
    assert.match(
      stderr,
      new RegExp(
        `^Signatures or other manifests about images stay behind, .*: ${SIGNATURE.descriptor.digest}$`,
        "m",
      ),
    );
    assert.deepEqual([...registry.repository("app").tags.keys()], ["1"]);
  });
});
