import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import {
  type ImageDraft,
  type ImageSource,
  isDraft,
  type SourceImage,
} from "../../src/content/image_source.ts";
import {
  type DockerArchiveOptions,
  openDockerArchive,
} from "../../src/archive/docker_archive.ts";
import { openTar } from "../../src/archive/tar_archive.ts";
import {
  type ArchiveImage,
  dockerArchiveItems,
  type Producer,
} from "../support/docker_archives.ts";
import { buildImage, type BuiltImage, toJson } from "../support/images.ts";
import { buildTar, type TarItem } from "../support/tar_builder.ts";
import { readAll } from "./layer_files.ts";

const IMAGE = buildImage();
const NAMED: ArchiveImage = { image: IMAGE, tags: ["cool/image:1"] };

async function withArchive(
  items: readonly TarItem[],
  test: (source: ImageSource) => Promise<void>,
  options: DockerArchiveOptions = {},
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "k8scr-test-" });
  await Deno.writeFile(path, buildTar(items));
  const tar = await openTar(path, {
    location: "image.tar",
    deleteOnClose: true,
  });
  let source: ImageSource;
  try {
    source = await openDockerArchive(tar, { workers: 1, ...options });
  } catch (error) {
    await tar.close();
    throw error;
  }
  try {
    await test(source);
  } finally {
    await source.close();
  }
}

function draftOf(image: SourceImage | undefined): ImageDraft {
  const root = image?.root ?? assert.fail("There is no such image");
  return isDraft(root) ? root : assert.fail("It is no draft");
}

/** An archive of one layer and a config that is written for it. */
function archiveItems(
  layer: Uint8Array,
  options: { diffId?: string; configName?: string; config?: unknown } = {},
): TarItem[] {
  const config = options.config ?? {
    os: "linux",
    architecture: "arm64",
    rootfs: { type: "layers", diff_ids: [options.diffId ?? digestOf(layer)] },
  };
  const name = options.configName ?? "config.json";
  return [
    { name: "layer.tar", data: layer },
    { name, data: toJson(config) },
    {
      name: "manifest.json",
      data: toJson([{ Config: name, RepoTags: null, Layers: ["layer.tar"] }]),
    },
  ];
}

function changed(
  items: readonly TarItem[],
  name: string,
  change: (item: TarItem) => TarItem | undefined,
): TarItem[] {
  return items.flatMap((item) =>
    item.name === name ? change(item) ?? [] : item
  );
}

async function assertHolds(
  source: ImageSource,
  image: BuiltImage,
): Promise<void> {
  const [found] = await source.images();
  const draft = draftOf(found);
  assert.equal(Buffer.compare(draft.config, image.config), 0);
  assert.deepEqual(draft.platform, image.platform);
  assert.deepEqual(
    draft.layers.map(({ diffId }) => diffId),
    image.layers.map(({ diffId }) => diffId),
  );
  for (const [index, { content }] of draft.layers.entries()) {
    const bytes = await readAll(await content.open());
    const tar = image.layers[index]?.tar ?? assert.fail();
    assert.equal(Buffer.compare(gunzipSync(bytes), tar), 0);
  }
}

const PRODUCERS: readonly Producer[] = [
  "docker",
  "docker25",
  "containerd",
  "skopeo",
  "crane",
  "jib",
  "bazel",
  "nix",
];

for (const producer of PRODUCERS) {
  Deno.test(`openDockerArchive() reads what ${producer} writes`, async () => {
    await withArchive(dockerArchiveItems([NAMED], producer), async (source) => {
      assert.equal(source.location, "image.tar");
      const images = await source.images();
      assert.deepEqual(images.map(({ names }) => names), [["cool/image:1"]]);
      await assertHolds(source, IMAGE);
    });
  });
}

Deno.test("openDockerArchive() reads entries in any order, and names that start with ./", async () => {
  const items = dockerArchiveItems([NAMED]).toReversed().map((item) => ({
    ...item,
    name: `./${item.name}`,
  }));
  await withArchive(items, (source) => assertHolds(source, IMAGE));
});

Deno.test("openDockerArchive() cleans ./ in manifest.json", async () => {
  const manifest = [{
    Config: "./config.json",
    RepoTags: [],
    Layers: ["././layer.tar"],
  }];
  const items = changed(
    archiveItems(IMAGE.layers[0]?.tar ?? assert.fail()),
    "manifest.json",
    (item) => ({ ...item, data: toJson(manifest) }),
  );
  await withArchive(items, async (source) => {
    assert.equal(draftOf((await source.images())[0]).layers.length, 1);
  });
});

Deno.test("openDockerArchive() gives every image with its names, and shared layers once", async () => {
  const other = buildImage({
    layers: [{ "etc/os-release": "ID=test\n" }, { "other": "1" }],
  });
  const images: ArchiveImage[] = [
    { image: IMAGE, tags: ["a:1", "registry.example/b:2"] },
    { image: other, tags: null },
    { image: IMAGE, tags: [] },
  ];
  // Classic docker writes the layer that two images share as a symbolic link.
  await withArchive(dockerArchiveItems(images), async (source) => {
    const found = await source.images();
    assert.deepEqual(found.map(({ names }) => names), [
      ["a:1", "registry.example/b:2"],
      [],
      [],
    ]);
    const [first, second, third] = found.map(draftOf);
    assert.equal(first?.layers[0], second?.layers[0]);
    assert.notEqual(first?.layers[1], second?.layers[1]);
    assert.equal(first?.layers[1], third?.layers[1]);
  });
});

Deno.test("openDockerArchive() follows a hard-linked layer", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const items = [
    { name: "shared/layer.tar", data: layer },
    ...changed(archiveItems(layer), "layer.tar", () => ({
      name: "layer.tar",
      type: "1",
      linkname: "shared/layer.tar",
    })),
  ];
  await withArchive(items, async (source) => {
    const [draft] = draftOf((await source.images())[0]).layers;
    assert.equal(draft?.storedSize, layer.length);
    const bytes = await readAll(await draft.content.open());
    assert.equal(Buffer.compare(gunzipSync(bytes), layer), 0);
  });
});

Deno.test("openDockerArchive() sniffs each layer by itself", async () => {
  const [plain, packed] = IMAGE.layers;
  const items = [
    { name: "a.tar.gz", data: plain?.tar ?? "" },
    { name: "b.tar", data: packed?.blob ?? "" },
    { name: "config.json", data: IMAGE.config },
    {
      name: "manifest.json",
      data: toJson([{ Config: "config.json", Layers: ["a.tar.gz", "b.tar"] }]),
    },
  ];
  await withArchive(items, async (source) => {
    const { layers } = draftOf((await source.images())[0]);
    assert.deepEqual(layers.map(({ content }) => content.mediaType), [
      "application/vnd.oci.image.layer.v1.tar+zstd",
      "application/vnd.oci.image.layer.v1.tar+gzip",
    ]);
  }, { compression: "zstd", level: 3 });
});

Deno.test("openDockerArchive() takes an empty file for an empty layer", async () => {
  await withArchive(archiveItems(new Uint8Array(0)), async (source) => {
    const [draft] = draftOf((await source.images())[0]).layers;
    const bytes = await readAll(await (draft ?? assert.fail()).content.open());
    assert.equal(gunzipSync(bytes).length, 0);
  });
});

Deno.test("openDockerArchive() reads an image without layers", async () => {
  const config = { os: "linux", architecture: "amd64", rootfs: {} };
  const items = changed(
    archiveItems(new Uint8Array(0), { config }),
    "manifest.json",
    (item) => ({
      ...item,
      data: toJson([{
        Config: "config.json",
        RepoTags: ["a:1"],
        Layers: null,
      }]),
    }),
  );
  await withArchive(items, async (source) => {
    assert.deepEqual(draftOf((await source.images())[0]).layers, []);
  });
});

Deno.test("openDockerArchive() gives two layers of one file and two diffIDs, and one of them fails", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const wrong = digestOf(Uint8Array.of(1));
  const items = changed(
    archiveItems(layer, {
      config: { rootfs: { diff_ids: [digestOf(layer), wrong] } },
    }),
    "manifest.json",
    (item) => ({
      ...item,
      data: toJson([{
        Config: "config.json",
        Layers: ["layer.tar", "layer.tar"],
      }]),
    }),
  );
  await withArchive(items, async (source) => {
    const [right, lying] = draftOf((await source.images())[0]).layers;
    await readAll(await (right ?? assert.fail()).content.open());
    await assert.rejects(
      (lying ?? assert.fail()).content.open().then(readAll),
      { name: "ContentMismatchError", expected: { digest: wrong } },
    );
  });
});

Deno.test("openDockerArchive() finds a damaged layer while it streams, plain or compressed", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const damaged = layer.slice();
  damaged[600] = 0xff;
  for (const stored of [damaged, gzipSync(damaged)]) {
    const items = archiveItems(stored, { diffId: digestOf(layer) });
    await withArchive(items, async (source) => {
      const [draft] = draftOf((await source.images())[0]).layers;
      await assert.rejects(
        (draft ?? assert.fail()).content.open().then(readAll),
        {
          name: "ContentMismatchError",
          message:
            `Cannot accept the layer "layer.tar" in "image.tar": its uncompressed bytes have the digest ${
              digestOf(damaged)
            }, must have the diffID ${digestOf(layer)}`,
        },
      );
    });
  }
});

Deno.test("openDockerArchive() makes the same bytes wherever a layer stands", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const digests = new Set<string>();
  const items = archiveItems(layer);
  for (const order of [items, items.toReversed()]) {
    await withArchive(order, async (source) => {
      const [draft] = draftOf((await source.images())[0]).layers;
      const { content } = draft ?? assert.fail();
      digests.add(digestOf(await readAll(await content.open())));
    });
  }
  assert.equal(digests.size, 1);
});

Deno.test("has() and open() know configs and plain layers by digest", async () => {
  await withArchive(dockerArchiveItems([NAMED]), async (source) => {
    const layer = IMAGE.layers[0] ?? assert.fail();
    const stored: [Descriptor, Uint8Array][] = [
      [IMAGE.configDescriptor, IMAGE.config],
      [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar",
          digest: layer.diffId,
          size: layer.tar.length,
        },
        layer.tar,
      ],
    ];
    for (const [descriptor, bytes] of stored) {
      assert.equal(await source.has(descriptor), true);
      const whole = await readAll(await source.open(descriptor));
      assert.equal(Buffer.compare(whole, bytes), 0);
      const rest = await readAll(await source.open(descriptor, 20));
      assert.equal(Buffer.compare(rest, bytes.subarray(20)), 0);
    }
    assert.equal(await source.has(IMAGE.descriptor), false);
    await assert.rejects(source.open(IMAGE.descriptor), {
      message:
        `Cannot read "image.tar": it has no content with the digest ${IMAGE.descriptor.digest}`,
    });
  });
});

Deno.test("has() does not know a compressed layer by its diffID", async () => {
  await withArchive(dockerArchiveItems([NAMED], "crane"), async (source) => {
    const { descriptor, diffId } = IMAGE.layers[0] ?? assert.fail();
    assert.equal(await source.has({ ...descriptor, digest: diffId }), false);
  });
});

Deno.test("openDockerArchive() checks a config whose name is its digest", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const hex = "ab".repeat(32);
  for (
    const configName of [
      `${hex}.json`,
      `./${hex}.json`,
      `sha256:${hex}`,
      `blobs/sha256/${hex}`,
    ]
  ) {
    await withArchive(archiveItems(layer, { configName }), async (source) => {
      await assert.rejects(source.images(), {
        name: "ContentMismatchError",
        message:
          /^Cannot accept the config ".*" in "image\.tar": its digest is sha256:[0-9a-f]{64}, must be sha256:abab.* as its name says$/,
      });
    });
  }
});

Deno.test("openDockerArchive() refuses an archive without a manifest.json", async () => {
  await assert.rejects(
    withArchive([{ name: "a", data: "b" }], () => Promise.resolve()),
    {
      name: "ArchiveError",
      message: 'Cannot read "image.tar": it has no manifest.json',
    },
  );
});

Deno.test("openDockerArchive() refuses a manifest.json that is not its own", async () => {
  const items = [{ name: "manifest.json", data: '{"schemaVersion":2}' }];
  await assert.rejects(withArchive(items, () => Promise.resolve()), {
    name: "DocumentSyntaxError",
    message:
      /^Cannot read "manifest\.json" in "image\.tar": it is a registry's manifest/,
  });
});

Deno.test("openDockerArchive() refuses a level that there is not", async () => {
  await assert.rejects(
    withArchive(dockerArchiveItems([NAMED]), () => Promise.resolve(), {
      compression: "gzip",
      level: 12,
    }),
    RangeError,
  );
});

Deno.test("images() says what is missing or does not fit", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const items = archiveItems(layer);
  const cases: [readonly TarItem[], string][] = [
    [
      changed(items, "config.json", () => undefined),
      'Cannot read "config.json" in "image.tar": it is not there, and manifest.json lists it as a config',
    ],
    [
      changed(items, "layer.tar", () => undefined),
      'Cannot read "layer.tar" in "image.tar": it is not there, and manifest.json lists it as a layer',
    ],
    [
      archiveItems(layer, { config: { rootfs: { diff_ids: [] } } }),
      'Cannot read "config.json" in "image.tar": manifest.json lists 1 layers, and this config 0',
    ],
    [
      archiveItems(layer, { diffId: `md5:${"a".repeat(32)}` }),
      `Cannot verify "md5:${
        "a".repeat(32)
      }": the algorithm "md5" is not supported, must be sha256 or sha512`,
    ],
    [
      archiveItems(layer, {
        config: { rootfs: { diff_ids: [" ".repeat(5e6)] } },
      }),
      'Cannot read "config.json" in "image.tar": it has 5000028 bytes, at most 4194304 are read',
    ],
  ];
  for (const [archive, message] of cases) {
    await withArchive(archive, async (source) => {
      await assert.rejects(source.images(), { message });
    });
  }
});

Deno.test("images() says that a missing layer must not be distributed", async () => {
  const layer = IMAGE.layers[0]?.tar ?? assert.fail();
  const mediaType = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  const items = changed(
    changed(archiveItems(layer), "layer.tar", () => undefined),
    "manifest.json",
    (item) => ({
      ...item,
      data: toJson([{
        Config: "config.json",
        Layers: ["layer.tar"],
        LayerSources: { [digestOf(layer)]: { mediaType } },
      }]),
    }),
  );
  await withArchive(items, async (source) => {
    await assert.rejects(source.images(), {
      message:
        `Cannot read "layer.tar" in "image.tar": this layer must not be distributed (${mediaType}), and so it is not there`,
    });
  });
});

Deno.test("close() deletes a spooled archive", async () => {
  const path = await Deno.makeTempFile({ prefix: "k8scr-test-" });
  await Deno.writeFile(path, buildTar(dockerArchiveItems([NAMED])));
  const tar = await openTar(path, { deleteOnClose: true });
  const source = await openDockerArchive(tar);
  await source.close();
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});
