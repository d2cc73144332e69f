import { strict as assert } from "node:assert";
import { openDockerArchive } from "../../src/archive/docker_archive.ts";
import { isDraft } from "../../src/content/image_source.ts";
import { openEngine } from "../../src/engine/engine.ts";
import {
  openEngineImage,
  type OpenEngineImageOptions,
} from "../../src/engine/engine_source.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import {
  type ArchiveImage,
  dockerArchiveItems,
  type Producer,
} from "../support/docker_archives.ts";
import { buildImage, type BuiltImage } from "../support/images.ts";
import { buildTar } from "../support/tar_builder.ts";
import {
  type FakeEngine,
  type FakeEngineImage,
  serveImage,
  startFakeEngine,
  unpackedDocument,
} from "./fake_engine.ts";
import { memoryEngineHost } from "./memory_engine_host.ts";

const NAME = "localhost/cool/app:1";

/** The large layer is one that need not be kept. */
function bigImage(): BuiltImage {
  return buildImage({
    layers: [{ big: "x".repeat(5_000_000) }, { small: "y" }],
    compression: "none",
  });
}

function exported(image: BuiltImage, producer: Producer): FakeEngineImage {
  const entry: ArchiveImage = { image, tags: [NAME] };
  return {
    name: NAME,
    document: unpackedDocument(image, NAME),
    archive: buildTar(dockerArchiveItems([entry], producer)),
  };
}

async function open(
  fake: FakeEngine,
  options: Partial<OpenEngineImageOptions> = {},
) {
  const host = memoryEngineHost({ DOCKER_HOST: fake.address });
  return await openEngineImage(await openEngine(host), NAME, {
    tempDir: fake.folder,
    docker: (tar) => openDockerArchive(tar, { compression: "none" }),
    ...options,
  });
}

async function spooled({ folder }: FakeEngine): Promise<readonly string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).filter((name) =>
    name.endsWith(".tar")
  );
}

Deno.test("openEngineImage() exports when something is asked for, and once", async () => {
  const image = buildImage();
  const { archive, ...rest } = exported(image, "skopeo");
  await using fake = await startFakeEngine(serveImage({ ...rest, archive }));
  const source = await open(fake);
  assert.equal(source.location, `${NAME} of the engine at ${fake.address}`);
  assert.deepEqual(fake.requests, [`GET /images/${NAME}/json`]);
  const [found] = await source.images();
  await source.images();
  assert.deepEqual(found?.names, [NAME]);
  assert.equal(await source.has(image.configDescriptor), true);
  const config = await source.open(image.configDescriptor);
  assert.deepEqual(await new Response(config).bytes(), image.config);
  assert.deepEqual(await source.referrers?.(), []);
  assert.deepEqual(fake.requests, [
    `GET /images/${NAME}/json`,
    `GET /images/${NAME}/get`,
  ]);
  assert.equal((await spooled(fake)).length, 1);
  await source.close();
  assert.deepEqual(await spooled(fake), []);
});

Deno.test("openEngineImage() closes without an export", async () => {
  await using fake = await startFakeEngine(
    serveImage(exported(buildImage(), "docker")),
  );
  await (await open(fake)).close();
  assert.deepEqual(fake.requests, [`GET /images/${NAME}/json`]);
});

for (const producer of ["skopeo", "docker25"] as const) {
  Deno.test(`openEngineImage() keeps no layer that is held, as ${producer} writes it`, async () => {
    const image = bigImage();
    await using fake = await startFakeEngine(
      serveImage(exported(image, producer)),
    );
    const asked: Descriptor[] = [];
    const [big, small] = image.layers;
    const source = await open(fake, {
      findHeld: ({ diffIds, names, store }) => {
        assert.deepEqual(diffIds, [big?.diffId, small?.diffId]);
        assert.deepEqual({ names, store }, {
          names: [NAME],
          store: "unpacked",
        });
        return Promise.resolve((layer: Descriptor) => {
          asked.push(layer);
          return Promise.resolve(true);
        });
      },
    });
    const [found] = await source.images();
    const [spool = ""] = await spooled(fake);
    const { blocks } = await Deno.stat(`${fake.folder}/${spool}`);
    assert.ok((blocks ?? 0) * 512 < 1_000_000, "the layer takes room");
    // What is small may be anything, and is kept without a question.
    assert.deepEqual(asked.map(({ digest }) => digest), [big?.diffId]);
    const root = found?.root;
    assert.ok(root && isDraft(root));
    await assert.rejects(async () => await root.layers[0]?.content.open(), {
      message:
        `Cannot read the layer ${big?.diffId} of ${source.location}: it was not kept, because the target held it when the export began\nStart again`,
    });
    const stream = await root.layers[1]?.content.open();
    assert.deepEqual(await new Response(stream).bytes(), small?.tar);
    await source.close();
  });
}

Deno.test("openEngineImage() keeps what is not held", async () => {
  const image = bigImage();
  await using fake = await startFakeEngine(
    serveImage(exported(image, "skopeo")),
  );
  const source = await open(fake, {
    findHeld: () => Promise.resolve(() => Promise.resolve(false)),
  });
  const root = (await source.images())[0]?.root;
  assert.ok(root && isDraft(root));
  const stream = await root.layers[0]?.content.open();
  assert.deepEqual(await new Response(stream).bytes(), image.layers[0]?.tar);
  await source.close();
});

Deno.test("openEngineImage() shows an error that the engine reports in the export", async () => {
  const { archive, ...rest } = exported(buildImage(), "docker");
  const report = new TextEncoder().encode(
    '{"errorDetail":{"message":"disk broke"},"error":"disk broke"}\r\n',
  );
  const cut = await new Blob([archive.subarray(0, 2048), report]).bytes();
  await using fake = await startFakeEngine(
    serveImage({ ...rest, archive: cut }),
  );
  const source = await open(fake);
  await assert.rejects(source.images(), {
    name: "ArchiveError",
    message: /disk broke/,
  });
  await source.close();
  assert.deepEqual(await spooled(fake), []);
});

Deno.test("openEngineImage() looks for room before the export", async () => {
  const image = exported(buildImage(), "docker");
  const document = { ...image.document, Size: Number.MAX_SAFE_INTEGER };
  await using fake = await startFakeEngine(serveImage({ ...image, document }));
  const source = await open(fake);
  await assert.rejects(source.images(), {
    name: "SpoolError",
    message: /it needs at least 9007199254740991 bytes/,
  });
  await source.close();
});
