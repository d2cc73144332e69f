import { strict as assert } from "node:assert";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import { detectFormat } from "../../src/archive/detect.ts";
import { openTar } from "../../src/archive/tar_archive.ts";
import {
  dockerArchiveItems,
  type Producer,
} from "../support/docker_archives.ts";
import { buildImage } from "../support/images.ts";
import { layoutFiles } from "../support/layouts.ts";
import { buildTar, type TarItem, toBytes } from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

const IMAGE = buildImage();

async function detect(items: readonly TarItem[]): Promise<string> {
  await using dir = await tempDir();
  const path = await dir.write("x.tar", buildTar(items));
  return await detectFormat(await openTar(path, { location: "x.tar" }));
}

function layout(ociLayout?: null): TarItem[] {
  const files = layoutFiles([{ content: IMAGE }], {
    ...ociLayout === null && { ociLayout },
  });
  return [...files].map(([name, data]) => ({ name, data }));
}

for (
  const [producer, format] of [
    ["docker", "docker-archive"],
    ["docker25", "docker-archive"],
    ["containerd", "oci-archive"],
    ["skopeo", "docker-archive"],
    ["crane", "docker-archive"],
    ["jib", "docker-archive"],
    ["bazel", "docker-archive"],
    ["nix", "docker-archive"],
  ] as [Producer, string][]
) {
  Deno.test(`detectFormat() reads what ${producer} writes as ${format}`, async () => {
    const images = [{ image: IMAGE, tags: ["cool/image:1"] }];
    assert.equal(await detect(dockerArchiveItems(images, producer)), format);
  });
}

Deno.test("detectFormat() takes the docker view of an engine whose index.json lacks images", async () => {
  const items = dockerArchiveItems([{ image: IMAGE, tags: null }], "docker25");
  const torn = items.map((item) =>
    item.name === "index.json"
      ? { ...item, data: '{"schemaVersion":2,"manifests":null}' }
      : item
  );
  assert.equal(await detect(torn), "docker-archive");
});

Deno.test("detectFormat() takes the OCI view where sources are named for some layers only", async () => {
  const manifest = [{
    Config: "blobs/sha256/a",
    Layers: ["blobs/sha256/b"],
    LayerSources: {
      x: {
        mediaType:
          "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
      },
    },
  }];
  assert.equal(
    await detect([
      ...layout(),
      { name: "manifest.json", data: JSON.stringify(manifest) },
    ]),
    "oci-archive",
  );
});

Deno.test("detectFormat() takes the OCI view where an image has layers without sources", async () => {
  const images = [{ image: IMAGE, tags: null }];
  const items = dockerArchiveItems(images, "docker25").map((item) => {
    if (item.name !== "manifest.json") return item;
    const text = new TextDecoder().decode(toBytes(item.data ?? ""));
    const [first] = JSON.parse(text);
    const { Config, RepoTags, Layers } = first;
    return {
      ...item,
      data: JSON.stringify([first, { Config, RepoTags, Layers }]),
    };
  });
  assert.equal(await detect(items), "oci-archive");
});

for (const data of ["{}", "[]", "no JSON", '{"schemaVersion":2}']) {
  Deno.test(`detectFormat() reads a layout beside a manifest.json of ${data}`, async () => {
    const items = [...layout(), { name: "manifest.json", data }];
    assert.equal(await detect(items), "oci-archive");
  });
}

Deno.test("detectFormat() reads layouts with and without oci-layout", async () => {
  assert.equal(await detect(layout()), "oci-archive");
  assert.equal(await detect(layout(null)), "oci-archive");
});

for (
  const [what, items, message, recommendation] of [
    [
      "a bundle of imgpkg",
      [
        { name: "manifest.json", data: '[{"ImageIndex":{}},{"Image":{}}]' },
        { name: "sha256-0.tar.gz" },
      ],
      'it is a bundle of imgpkg, not an image archive; it holds "manifest.json", "sha256-0.tar.gz"',
      /skopeo copy docker:/,
    ],
    [
      "a dir: directory that was packed",
      [{ name: "version" }, { name: "manifest.json", data: IMAGE.bytes }],
      'its manifest.json is that of a single image, as skopeo\'s dir: format and rules_docker have it; it holds "version", "manifest.json"',
      /skopeo copy dir:DIRECTORY/,
    ],
    [
      "another manifest.json",
      [{ name: "manifest.json", data: '{"name":"app"}' }],
      'its manifest.json is not that of a docker-archive; it holds "manifest.json"',
      /Save the image again/,
    ],
    [
      "the storage of a registry",
      [{ name: "docker/registry/v2/blobs/sha256/aa/aa/data" }],
      'it is the storage of a registry, not an image archive; it holds "docker/registry/v2/blobs/sha256/aa/aa/data"',
      /Serve it with a registry/,
    ],
    [
      "an archive of an old Docker",
      [{ name: "a/layer.tar" }, { name: "repositories", data: "{}" }],
      'it is an archive of Docker before 1.10; it holds "a/layer.tar", "repositories"',
      /Docker 28 or older/,
    ],
    [
      "a layout in a folder",
      [{ name: "image/index.json" }, { name: "image/oci-layout" }],
      'the image is in a folder of the archive; it holds "image/index.json", "image/oci-layout"',
      /Unpack it/,
    ],
    [
      "the file system of a container",
      [
        ".dockerenv",
        "bin/sh",
        "bin/ls",
        "etc/hosts",
        "etc/passwd",
        "a",
        "b",
        "c",
        "d",
      ]
        .map((name) => ({ name })),
      'it is the file system of a container, not an image; it holds ".dockerenv", "bin/sh", "bin/ls", "etc/hosts", "etc/passwd", "a", "b", "c", …',
      /docker save in place of docker export/,
    ],
    [
      "an archive of archives",
      [{ name: "app.tar.gz" }],
      'it is an archive of archives; it holds "app.tar.gz"',
      /Unpack it/,
    ],
    [
      "a web site with an index.json",
      [{ name: "index.html" }, { name: "index.json" }],
      'it is no image archive: it has no manifest.json and no OCI image layout; it holds "index.html", "index.json"',
      /Make one with/,
    ],
    [
      "nothing",
      [],
      "it is no image archive: it has no manifest.json and no OCI image layout; it holds nothing",
      /Make one with/,
    ],
  ] as [string, TarItem[], string, RegExp][]
) {
  Deno.test(`detectFormat() says what is wrong with ${what}`, async () => {
    await assert.rejects(detect(items), (error) => {
      assert(error instanceof ArchiveError);
      assert.equal(error.message, `Cannot read "x.tar": ${message}`);
      assert.match(error.recommendation ?? "", recommendation);
      return true;
    });
  });
}
