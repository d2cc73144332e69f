import { strict as assert } from "node:assert";
import {
  locateCopySource,
  locateCopyTarget,
} from "../../src/cli/copy_location.ts";
import { tempDir } from "../support/temp_dir.ts";

const APP = { repository: "cool/app", tag: "1" };

Deno.test("locateCopySource() finds registries in and outside of the cluster", async () => {
  assert.deepEqual(await locateCopySource("cool/app:1"), {
    kind: "cluster",
    host: "",
    image: APP,
  });
  assert.deepEqual(await locateCopySource("context:east/cool/app:1"), {
    kind: "cluster",
    context: "east",
    host: "",
    image: APP,
  });
  assert.deepEqual(await locateCopySource("registry:ghcr.io:443/cool/app:1"), {
    kind: "external",
    host: "ghcr.io:443",
    image: APP,
  });
});

Deno.test("locateCopySource() takes a path that exists before an image", async () => {
  await using folder = await tempDir();
  assert.deepEqual(await locateCopySource(folder.path), {
    kind: "host",
    location: { kind: "path", path: folder.path },
  });
  const { kind } = await locateCopySource("docker-daemon:app:1");
  assert.equal(kind, "host");
});

Deno.test("locateCopyTarget() tells a file from an image", async () => {
  assert.deepEqual(await locateCopyTarget("app.tar"), {
    kind: "host",
    location: { kind: "archive", path: "app.tar", format: "docker-archive" },
  });
  assert.deepEqual(await locateCopyTarget("cool/app:1"), {
    kind: "cluster",
    host: "",
    image: APP,
  });
});

Deno.test("locateCopyTarget() refuses a registry without an image", async () => {
  for (const text of ["registry:ghcr.io", "registry:ghcr.io/", "context:a"]) {
    await assert.rejects(locateCopyTarget(text), {
      name: "UsageError",
      message: `Cannot use "${text}": it names no image`,
    });
  }
});
