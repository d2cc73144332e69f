import { strict as assert } from "node:assert";
import {
  fetchNamed,
  formatImageName,
  lookupOf,
  nameBeside,
  parseImageName,
} from "../../src/cli/image_name.ts";
import { buildImage } from "../support/images.ts";

const IMAGE = buildImage();
const { digest } = IMAGE.descriptor;

Deno.test("parseImageName() drops the host of a registry, as a push does", () => {
  assert.deepEqual(parseImageName("ghcr.io/cool/app:1.2"), {
    repository: "cool/app",
    tag: "1.2",
  });
  assert.deepEqual(parseImageName(`app@${digest}`), {
    repository: "app",
    digest,
  });
  assert.throws(() => parseImageName("App"), { name: "ReferenceSyntaxError" });
});

Deno.test("formatImageName() writes what results have", () => {
  assert.equal(
    formatImageName({ repository: "app", tag: "1", digest }),
    `app:1@${digest}`,
  );
});

Deno.test("lookupOf() takes the digest before the tag, and else latest", () => {
  assert.equal(lookupOf({ repository: "app", tag: "1", digest }), digest);
  assert.equal(lookupOf({ repository: "app", tag: "1" }), "1");
  assert.equal(lookupOf({ repository: "app" }), "latest");
});

Deno.test("fetchNamed() says what is not there", async () => {
  const store = {
    location: "app",
    fetchManifest: (reference: string) =>
      Promise.resolve(
        reference === "1"
          ? { descriptor: IMAGE.descriptor, bytes: IMAGE.bytes }
          : undefined,
      ),
  };
  const found = await fetchNamed(store, { repository: "app", tag: "1" });
  assert.equal(found.descriptor.digest, digest);
  await assert.rejects(fetchNamed(store, { repository: "app", digest }), {
    name: "RegistryError",
    status: 404,
    message: `Cannot find the manifest "${digest}" in "app": ` +
      "the registry does not have it\nList what it has: ls app",
  });
});

Deno.test("nameBeside() puts another tag into the same repository", () => {
  assert.equal(nameBeside("cool/app:1", "x"), "cool/app:x");
  assert.equal(nameBeside("ghcr.io/cool/app:1", "x"), "ghcr.io/cool/app:x");
  const digest = `sha256:${"a".repeat(64)}`;
  assert.equal(nameBeside(`host:5000/app@${digest}`, "x"), "host:5000/app:x");
  assert.equal(nameBeside("v1", "x"), "x");
  assert.equal(nameBeside(undefined, "x"), "x");
});
