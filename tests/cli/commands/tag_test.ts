import { strict as assert } from "node:assert";
import { buildImage, buildIndex } from "../../support/images.ts";
import { withRegistryScene } from "../registry_scene.ts";

const IMAGE = buildImage();
const { digest } = IMAGE.descriptor;

Deno.test("tag gives an image one more tag and moves nothing", async () => {
  await withRegistryScene(async ({ run, add, registry, cluster }) => {
    await add("cool/app", IMAGE, "1.2.3");
    const { code, stdout, stderr } = await run([
      "tag",
      "cool/app:1.2.3",
      "1.2",
    ]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `cool/app:1.2@${digest}\n`);
    const tagged = await registry.repository("cool/app").fetchManifest("1.2");
    assert.equal(tagged?.descriptor.digest, digest);
    const writes = cluster.requests.filter((line) =>
      !/^(?:GET|HEAD)/.test(line)
    );
    assert.equal(writes.length, 1);
    assert.match(writes[0] ?? "", /^PUT .*\/v2\/cool\/app\/manifests\/1\.2$/);
  });
});

Deno.test("tag takes the new tag said in full, and a digest", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("cool/app", IMAGE);
    const name = `cool/app@${digest}`;
    const full = await run(["tag", name, "cool/app:2", "-o", "json"]);
    assert.deepEqual(JSON.parse(full.stdout), {
      repository: "cool/app",
      tag: "2",
      digest,
    });
    const { stdout } = await run(["tag", name, "cool/app"]);
    assert.equal(stdout, `cool/app:latest@${digest}\n`);
  });
});

Deno.test("tag says which image had the tag before", async () => {
  await withRegistryScene(async ({ run, add }) => {
    const index = buildIndex([IMAGE]);
    await add("app", index, "1");
    const { code, stderr } = await run(["tag", `app@${digest}`, "1"]);
    assert.equal(code, 0);
    assert.equal(stderr, `app:1 led to ${index.descriptor.digest}\n`);
  });
});

Deno.test("tag leaves copying to copy", async () => {
  await withRegistryScene(async ({ run, cluster }) => {
    const { code, stderr } = await run(["tag", "app:1", "other:1"]);
    assert.equal(code, 2);
    assert.match(stderr, /a tag stays in its repository, "app"\nCopy it/);
    const chosen = await run(["tag", "app:1", `app@${digest}`]);
    assert.equal(chosen.code, 2);
    assert.match(chosen.stderr, /a digest cannot be chosen$/m);
    assert.deepEqual(cluster.requests, []);
  });
});

Deno.test("tag ends with 1 when there is no such image", async () => {
  await withRegistryScene(async ({ run }) => {
    const { code, stderr } = await run(["tag", "app:1", "2"]);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot find the tag "1" in "app"/);
  });
});
