import { strict as assert } from "node:assert";
import { pullCommand } from "../../src/cli/commands/pull.ts";
import {
  isDocker,
  parseWanted,
  readPullSettings,
} from "../../src/cli/pull_settings.ts";
import { callOf } from "./command_call.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

function read(...args: string[]) {
  return readPullSettings(callOf(pullCommand, ...args));
}

Deno.test("readPullSettings() takes the last word for the target", async () => {
  const { images, target, ...rest } = await read("a:1", "b", "oci:dir");
  assert.deepEqual(images.map(({ name }) => name), ["a:1", "b:latest"]);
  assert.deepEqual(target, { kind: "layout", path: "dir" });
  assert.equal(rest.referrers, true);
  assert.equal(rest.decompress, false);
  assert.equal(rest.jobs, 4);
  assert.equal(rest.platform, undefined);
});

Deno.test("readPullSettings() means the engine where there is no target", async () => {
  const { images, target } = await read("a:1", "cool/b");
  assert.equal(images.length, 2);
  assert.deepEqual(target, { kind: "engine" });
});

Deno.test("readPullSettings() reads its flags", async () => {
  const settings = await read(
    ...["a", "a.tar", "--platform", "linux/arm64", "--decompress"],
    ...["--no-referrers", "--jobs", "2"],
  );
  assert.deepEqual(settings.platform, { os: "linux", architecture: "arm64" });
  assert.equal(settings.decompress, true);
  assert.equal(settings.referrers, false);
  assert.equal(settings.jobs, 2);
});

Deno.test("readPullSettings() refuses a target without an image", async () => {
  await assert.rejects(read("oci:dir"), {
    name: "UsageError",
    message: 'Cannot pull "oci:dir": it is a target, not an image',
  });
});

Deno.test("readPullSettings() decompresses for Docker's formats alone", async () => {
  await assert.rejects(read("a", "oci:dir", "--decompress"), {
    name: "UsageError",
    message: /^Cannot use --decompress: only a docker-archive/,
  });
});

Deno.test("parseWanted() asks by digest, then by tag", () => {
  assert.deepEqual(parseWanted("ghcr.io/cool/app"), {
    repository: "cool/app",
    reference: "latest",
    name: "cool/app:latest",
  });
  assert.deepEqual(parseWanted(`app:1@${DIGEST}`), {
    repository: "app",
    reference: DIGEST,
    name: "app:1",
  });
  assert.deepEqual(parseWanted(`app@${DIGEST}`), {
    repository: "app",
    reference: DIGEST,
    name: `app@${DIGEST}`,
  });
});

Deno.test("isDocker() knows what holds one platform", () => {
  const archive = { kind: "archive", path: "a" } as const;
  assert.equal(isDocker({ ...archive, format: "docker-archive" }), true);
  assert.equal(isDocker({ ...archive, format: "oci-archive" }), false);
  assert.equal(isDocker({ kind: "stream", format: "docker-archive" }), true);
  assert.equal(isDocker({ kind: "layout", path: "a" }), false);
  assert.equal(isDocker({ kind: "engine" }), true);
});
