import { strict as assert } from "node:assert";
import { MediaType } from "../../../src/oci/media_type.ts";
import {
  buildImage,
  buildIndex,
  describe,
  toJson,
} from "../../support/images.ts";
import { withRegistryScene } from "../registry_scene.ts";

const AMD64 = buildImage();
const ARM64 = buildImage({ platform: { os: "linux", architecture: "arm64" } });
const INDEX = buildIndex([AMD64, ARM64]);

Deno.test("ls lists the repositories in the order of people", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app/v10", AMD64, "1");
    await add("app/v9", AMD64, "1");
    const { code, stdout, stderr } = await run(["ls"]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "app/v9\napp/v10\n");
    const json = await run(["ls", "-o", "json"]);
    assert.deepEqual(JSON.parse(json.stdout), {
      repositories: ["app/v9", "app/v10"],
    });
  });
});

Deno.test("ls lists the tags of a repository with what they lead to", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("cool/app", AMD64, "1.9", "latest");
    await add("cool/app", INDEX, "1.10");
    const { code, stdout, stderr } = await run(["ls", "cool/app"]);
    assert.equal(code, 0, stderr);
    const short = (digest: string) => digest.slice(0, 19);
    const amd64 = short(AMD64.descriptor.digest);
    const index = short(INDEX.descriptor.digest);
    const lines = stdout.split("\n");
    assert.match(lines[0] ?? "", /^TAG {5}DIGEST +SIZE +CREATED +PLATFORMS$/);
    assert.match(
      lines[1] ?? "",
      new RegExp(
        `^1\\.9 {5}${amd64}  1\\.1 kB  2024-01-02 03:04Z  linux/amd64$`,
      ),
    );
    assert.match(
      lines[2] ?? "",
      new RegExp(`^1\\.10 {4}${index} .* linux/amd64, linux/arm64$`),
    );
    assert.match(lines[3] ?? "", new RegExp(`^latest  ${amd64} `));
  });
});

Deno.test("ls takes a name with the host of a registry", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("cool/app", AMD64, "1", "2");
    const { stdout } = await run(["ls", "ghcr.io/cool/app", "--names"]);
    assert.equal(stdout, "1\n2\n");
  });
});

Deno.test("ls leaves tags of digests out where it is told to", async () => {
  await withRegistryScene(async ({ run, add }) => {
    const stem = AMD64.descriptor.digest.replace(":", "-");
    await add("app", AMD64, "1", `${stem}.sig`);
    await add("lists", INDEX, stem);
    const names = ["--names", "--exclude-digest-tags"];
    assert.equal((await run(["ls", "app", ...names])).stdout, "1\n");
    const none = await run(["ls", "lists", ...names]);
    assert.deepEqual([none.code, none.stdout], [0, ""], none.stderr);
    const { stdout } = await run(["ls", "lists"]);
    const short = AMD64.descriptor.digest.slice(0, 19);
    assert.match(stdout, new RegExp(`referrers of ${short}\n$`));
  });
});

Deno.test("ls prints one JSON document", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app", AMD64, "1");
    const names = await run(["ls", "app", "--names", "-o", "json"]);
    assert.deepEqual(JSON.parse(names.stdout), {
      repository: "app",
      tags: [{ tag: "1" }],
    });
    const whole = await run(["ls", "app", "-o", "json"]);
    const sizes = [...AMD64.blobs.values()].map(({ length }) => length);
    assert.deepEqual(JSON.parse(whole.stdout), {
      repository: "app",
      tags: [{
        tag: "1",
        digest: AMD64.descriptor.digest,
        mediaType: MediaType.OCI_MANIFEST,
        size: sizes.reduce((sum, size) => sum + size, 0),
        created: "2024-01-02T03:04:05Z",
        platforms: ["linux/amd64"],
        missing: [],
      }],
    });
  });
});

Deno.test("ls shows a tag that cannot be read as such, and ends with 1", async () => {
  await withRegistryScene(async ({ run, add }) => {
    const config = toJson({ created: 7, os: "linux" });
    const manifest = toJson({
      schemaVersion: 2,
      mediaType: MediaType.OCI_MANIFEST,
      config: describe(config, MediaType.OCI_CONFIG),
      layers: [],
    });
    const descriptor = describe(manifest, MediaType.OCI_MANIFEST);
    const bad = {
      descriptor,
      bytes: manifest,
      blobs: new Map([
        [descriptor.digest, manifest],
        [describe(config, MediaType.OCI_CONFIG).digest, config],
      ]),
    };
    await add("app", bad, "bad");
    await add("app", AMD64, "good");
    const { code, stdout, stderr } = await run(["ls", "app"]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /^bad +- +- +- +Cannot read the config "sha256:.*": created must be a string$/m,
    );
    assert.match(stdout, /^good +sha256:/m);
    assert.equal(stderr, 'error: Cannot read 1 of the 2 tags of "app"\n');
    const json = JSON.parse((await run(["ls", "app", "-o", "json"])).stdout);
    assert.match(json.tags[0].error, /created must be a string$/);
  });
});

Deno.test("ls ends with 1 when there are no tags", async () => {
  await withRegistryScene(async ({ run }) => {
    const { code, stdout, stderr } = await run(["ls", "none"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      'error: Cannot list "none": it has no tags, or is not there\n',
    );
  });
});

Deno.test("ls wants a repository, not an image", async () => {
  await withRegistryScene(async ({ run, cluster }) => {
    const { code, stderr } = await run(["ls", "app:1"]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /it names a single image.*\nLook at it: inspect app:1/,
    );
    assert.equal((await run(["ls", "App"])).code, 2);
    assert.deepEqual(cluster.requests, []);
  });
});

Deno.test("ls ends with 4 when there is no such Pod", async () => {
  await withRegistryScene(async ({ run }) => {
    const { code, stderr } = await run(["ls", "-r", "other"]);
    assert.equal(code, 4);
    assert.match(stderr, /^error from the API server: .*other/);
  });
});
