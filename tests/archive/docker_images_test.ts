import { strict as assert } from "node:assert";
import { dockerManifest } from "../../src/archive/docker_images.ts";
import {
  blobPath,
  buildImage,
  buildIndex,
  buildManifest,
  type BuiltContent,
} from "../support/images.ts";

function write(
  ...named: readonly (readonly [BuiltContent, string | undefined])[]
) {
  const manifests = new Map(
    named.map(([{ descriptor, bytes }]) => [descriptor.digest, bytes]),
  );
  const names = named.map(([{ descriptor }, name]) => ({
    descriptor,
    ...name !== undefined && { name },
  }));
  return JSON.parse(
    new TextDecoder().decode(dockerManifest(names, manifests)),
  );
}

Deno.test("dockerManifest() lists each image with all its tags", () => {
  const image = buildImage();
  const other = buildImage({ layers: [{ a: "" }] });
  assert.deepEqual(
    write([image, "cool/app:1"], [other, "other:2"], [image, "app:latest"]),
    [
      {
        Config: blobPath(image.configDescriptor.digest),
        RepoTags: ["cool/app:1", "app:latest"],
        Layers: image.layers.map(({ descriptor }) =>
          blobPath(descriptor.digest)
        ),
      },
      {
        Config: blobPath(other.configDescriptor.digest),
        RepoTags: ["other:2"],
        Layers: other.layers.map(({ descriptor }) =>
          blobPath(descriptor.digest)
        ),
      },
    ],
  );
});

Deno.test("dockerManifest() gives Docker no name that it refuses", () => {
  const image = buildImage();
  const tags = (name?: string) => write([image, name])[0].RepoTags;
  assert.deepEqual(tags(`app@${image.descriptor.digest}`), []);
  assert.deepEqual(tags("app"), ["app:latest"]);
  assert.deepEqual(tags(), []);
});

Deno.test("dockerManifest() refuses what Docker cannot load", () => {
  const image = buildImage();
  const foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  const [layer] = image.layers;
  assert.ok(layer);
  const refused = (content: BuiltContent, reason: RegExp) =>
    assert.throws(() => write([content, "app:1"]), {
      name: "NotForDockerError",
      message: reason,
    });
  refused(
    buildIndex([image]),
    /^Cannot write "app:1" into a docker-archive: it has several platforms$/,
  );
  const withForeign = buildManifest(image.configDescriptor, [
    { ...layer.descriptor, mediaType: foreign },
  ]);
  refused(
    { ...image, ...withForeign },
    /its layer sha256:.* must not be distributed$/,
  );
  const artifact = buildManifest(
    {
      ...image.configDescriptor,
      mediaType: "application/vnd.cncf.helm.config.v1+json",
    },
    [],
  );
  refused(
    { ...image, ...artifact },
    /it is no container image but "application\/vnd\.cncf/,
  );
});
