import { strict as assert } from "node:assert";
import {
  nameImages,
  type NamingOptions,
} from "../../src/content/image_names.ts";
import type { SourceImage } from "../../src/content/image_source.ts";
import { parseDigest } from "../../src/oci/digest.ts";

function image(letter: string, ...names: string[]): SourceImage {
  const digest = parseDigest(`sha256:${letter.repeat(64)}`);
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return { names, root: { mediaType, digest, size: 2 } };
}

function place(images: readonly SourceImage[], options?: NamingOptions) {
  return nameImages(images, options).map(({ repository, tags }) =>
    `${repository} ${tags.join(",")}`
  );
}

Deno.test("nameImages() drops the host and keeps the rest", () => {
  const table: readonly [string, string][] = [
    ["nginx:1", "nginx 1"],
    ["docker.io/library/nginx:1", "library/nginx 1"],
    ["localhost/x", "x latest"],
    ["ghcr.io:443/a/b:c", "a/b c"],
    [`quay.io/a@sha256:${"b".repeat(64)}`, "a "],
  ];
  for (const [name, expected] of table) {
    assert.deepEqual(place([image("a", name)]), [expected], name);
  }
});

Deno.test("nameImages() tells where each name comes from", () => {
  const [named] = nameImages([image("a", "quay.io/a:1", "quay.io/a:2")]);
  assert.deepEqual(named?.tags, ["1", "2"]);
  assert.deepEqual(named?.mappings, [
    { from: "quay.io/a:1", to: "a:1" },
    { from: "quay.io/a:2", to: "a:2" },
  ]);
});

Deno.test("nameImages() sends an image with two repositories to both", () => {
  const names = ["a:1", "b:1", "a:2"];
  assert.deepEqual(place([image("a", ...names)]), ["a 1,2", "b 1"]);
});

Deno.test("nameImages() gives a bare tag the fallback repository", () => {
  const options = { fallbackRepository: "app" };
  assert.deepEqual(place([image("a", "1.2")], options), ["app 1.2"]);
  assert.throws(() => place([image("a", "1.2")]), {
    name: "NamingError",
    recommendation: "Give it one with --as NAME:1.2",
  });
});

Deno.test("nameImages() prefers full references over the tag beside them", () => {
  const names = ["docker.io/cool/app:1", "1"];
  assert.deepEqual(place([image("a", ...names)]), ["cool/app 1"]);
});

Deno.test("nameImages() refuses an image without a name and shows how to give one", () => {
  assert.throws(() => place([image("a")]), {
    name: "NamingError",
    message: `Cannot name the image sha256:${
      "a".repeat(64)
    }: the source gives it no name`,
    recommendation: /--as NAME\[:TAG\]/,
  });
});

Deno.test("nameImages() refuses names outside the grammar", () => {
  for (const name of ["Cool/App:1", "a b", "x/..:1", "a:b:c/d"]) {
    assert.throws(() => place([image("a", name)]), { name: "NamingError" });
  }
});

Deno.test("nameImages() with `as` names the single image", () => {
  const one = [image("a", "x:1", "y:2")];
  assert.deepEqual(place(one, { as: "app" }), ["app latest"]);
  assert.deepEqual(place(one, { as: "app:2" }), ["app 2"]);
  assert.deepEqual(place([image("a")], { as: "app:2" }), ["app 2"]);
  assert.throws(() => place(one, { as: "ghcr.io/app:2" }), {
    name: "ReferenceSyntaxError",
  });
  assert.throws(() => place([...one, image("b", "z:1")], { as: "app" }), {
    name: "NamingError",
    message: 'Cannot name the image "app": there are 2 images, must be 1',
    recommendation: "Choose one with --select, of: x:1, z:1",
  });
});

Deno.test("nameImages() with `prefix` puts everything under a path", () => {
  const images = [image("a", "ghcr.io/a/b:1"), image("b", "c:2")];
  const options = { prefix: "team/" };
  assert.deepEqual(place(images, options), ["team/a/b 1", "team/c 2"]);
  assert.throws(() => place(images, { prefix: "Team" }), {
    name: "ReferenceSyntaxError",
  });
});

Deno.test("nameImages() with `select` takes images by name, hostless name or digest", () => {
  const images = [
    image("a", "ghcr.io/a:1", "ghcr.io/a:2"),
    image("b", "b:1"),
    image("c"),
  ];
  const table: readonly [string[], NamingOptions, string[]][] = [
    [["ghcr.io/a:1"], {}, ["a 1"]],
    [["a:2", "b:1"], {}, ["a 2", "b 1"]],
    [[`sha256:${"b".repeat(64)}`], {}, ["b 1"]],
    [["aaaaaaa"], {}, ["a 1,2"]],
    [["ccccccc"], { as: "c:9" }, ["c 9"]],
  ];
  for (const [select, options, expected] of table) {
    assert.deepEqual(place(images, { select, ...options }), expected);
  }
  assert.throws(() => place(images, { select: ["b:1", "z"] }), {
    name: "NamingError",
    message: 'Cannot select "z": no image of the source has that name',
  });
});

Deno.test("nameImages() refuses two images that collide when they lose their hosts", () => {
  const images = [image("a", "quay.io/a/b:1"), image("b", "ghcr.io/a/b:1")];
  assert.throws(() => place(images), {
    name: "NamingError",
    message:
      'Cannot push two images as "a/b:1": "quay.io/a/b:1" and "ghcr.io/a/b:1" are not the same image',
  });
  const same = [image("a", "quay.io/a/b:1"), image("a", "ghcr.io/a/b:1")];
  assert.deepEqual(place(same), ["a/b 1"]);
});

Deno.test("nameImages() refuses a source without images", () => {
  assert.throws(() => place([]), {
    message: "Cannot push: the source holds no image",
  });
});
