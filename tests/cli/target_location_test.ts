import { strict as assert } from "node:assert";
import { locateTarget } from "../../src/cli/target_location.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("locateTarget() takes skopeo's words, with a name behind them", async () => {
  for (
    const [text, location] of [
      ["-", { kind: "stream", format: "docker-archive" }],
      ["oci-archive:-", { kind: "stream", format: "oci-archive" }],
      ["docker-archive:/a/b", {
        kind: "archive",
        path: "/a/b",
        format: "docker-archive",
      }],
      ["oci-archive:a.tar:cool/app:1", {
        kind: "archive",
        path: "a.tar",
        format: "oci-archive",
        name: "cool/app:1",
      }],
      ["oci:dir", { kind: "layout", path: "dir" }],
      ["oci:dir:1.2", { kind: "layout", path: "dir", name: "1.2" }],
      ["docker-daemon:app:1", { kind: "engine", name: "app:1" }],
    ] as const
  ) assert.deepEqual(await locateTarget(text), location, text);
});

Deno.test("locateTarget() knows a path by its end, or because it is there", async () => {
  await using folder = await tempDir();
  assert.deepEqual(await locateTarget(folder.path), {
    kind: "layout",
    path: folder.path,
  });
  assert.deepEqual(await locateTarget("new/"), {
    kind: "layout",
    path: "new/",
  });
  assert.deepEqual(await locateTarget("./new.tar"), {
    kind: "archive",
    path: "./new.tar",
    format: "docker-archive",
  });
});

Deno.test("locateTarget() leaves what may be the name of an image", async () => {
  for (const text of ["app", "cool/app:1", "ghcr.io/cool/app"]) {
    assert.equal(await locateTarget(text), undefined, text);
  }
});

Deno.test("locateTarget() refuses a path of which nobody knows the form", async () => {
  await assert.rejects(locateTarget("./image"), {
    name: "UsageError",
    recommendation:
      "Say it: docker-archive:./image, oci-archive:./image or oci:./image",
  });
  for (const text of ["a.tar.gz", "/a/b.tgz", "a.tar.zst"]) {
    await assert.rejects(locateTarget(text), {
      message: /archives are not compressed as a whole/,
    });
  }
});
