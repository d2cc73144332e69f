import { strict as assert } from "node:assert";
import { buildImage, buildIndex } from "../../support/images.ts";
import { type RegistryScene, withRegistryScene } from "../registry_scene.ts";

const IMAGE = buildImage();
const { digest } = IMAGE.descriptor;
const OTHER = buildImage({ layers: [{ b: "2" }] });

function tagsOf({ registry }: RegistryScene): Promise<string[]> {
  return Array.fromAsync(registry.repository("app").tags());
}

Deno.test("rm takes a tag away and leaves the others", async () => {
  await withRegistryScene(async (scene) => {
    const { run, add } = scene;
    await add("app", IMAGE, "1", "2");
    const { code, stdout, stderr } = await run(["rm", "app:1"]);
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `app:1@${digest} untagged\n`);
    assert.deepEqual(await tagsOf(scene), ["2"]);
  });
});

Deno.test("rm wants a word before tags go with a manifest", async () => {
  await withRegistryScene(async (scene) => {
    const { run, add } = scene;
    await add("app", IMAGE, "1", "2");
    await add("app", buildIndex([IMAGE]), "all");
    const name = `app@${digest}`;
    const refused = await run(["rm", name]);
    assert.equal(refused.code, 1);
    assert.equal(refused.stdout, "");
    assert.equal(
      refused.stderr,
      `error: Cannot remove "${name}" without a word from you: with it go ` +
        "the tags 1, 2; the images all lose a platform\n" +
        "Say --yes if that is what you want\n",
    );
    const { code, stdout } = await run(["rm", name, "--yes"]);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `app:1@${digest} untagged\napp:2@${digest} untagged\n${name} deleted\n`,
    );
    assert.deepEqual(await tagsOf(scene), ["all"]);
  });
});

Deno.test("rm asks on a terminal and takes no for an answer", async () => {
  await withRegistryScene(async (scene) => {
    const { run, add } = scene;
    await add("app", IMAGE, "1");
    const answer = (text: string) => ({
      isTerminal: true,
      stdinIsTerminal: true,
      stdin: new TextEncoder().encode(text),
    });
    const no = await run(["rm", `app@${digest}`], answer("\n"));
    assert.equal(no.code, 1);
    assert.match(no.stderr, /with it go the tags 1\. Delete\? \[y\/N\] /);
    assert.match(no.stderr, /Cannot remove "app@.*": you did not agree\n/);
    assert.deepEqual(await tagsOf(scene), ["1"]);
    const yes = await run(["rm", `app@${digest}`], answer("y\n"));
    assert.equal(yes.code, 0);
    assert.deepEqual(await tagsOf(scene), []);
  });
});

Deno.test("rm asks nothing about a manifest that nothing leads to", async () => {
  await withRegistryScene(async (scene) => {
    const { run, add } = scene;
    await add("app", IMAGE);
    const { code, stdout } = await run(["rm", `app@${digest}`]);
    assert.equal(code, 0);
    assert.equal(stdout, `app@${digest} deleted\n`);
  });
});

Deno.test("rm removes what it can and ends with 1 for the rest", async () => {
  await withRegistryScene(async (scene) => {
    const { run, add } = scene;
    await add("app", IMAGE, "1", "2");
    const args = ["rm", "app:none", "app:1", "app:1", "-o", "json"];
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot find the tag "none" in "app"/);
    const document = JSON.parse(stdout);
    assert.deepEqual(document.removed, [
      { repository: "app", tags: ["1"], digest, deleted: false },
    ]);
    assert.equal(document.failed.length, 1);
    assert.equal(document.failed[0].name, "app:none");
  });
});

Deno.test("rm removes a tag only while it leads to the digest", async () => {
  await withRegistryScene(async (scene) => {
    const { run, add } = scene;
    await add("app", OTHER, "1");
    const { code, stderr } = await run(["rm", `app:1@${digest}`]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      new RegExp(
        `it leads to "${OTHER.descriptor.digest}", not to "${digest}"`,
      ),
    );
    const same = `app:1@${OTHER.descriptor.digest}`;
    assert.equal((await run(["rm", same])).stdout, `${same} untagged\n`);
  });
});

Deno.test("rm wants a tag or a digest", async () => {
  await withRegistryScene(async ({ run, cluster }) => {
    const { code, stderr } = await run(["rm", "app:1", "app"]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: Cannot remove "app": it names a repository, not an image\nName a tag or a digest/,
    );
    assert.deepEqual(cluster.requests, []);
  });
});
