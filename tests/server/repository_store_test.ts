import { strict as assert } from "node:assert";
import { type Digest, parseDigest } from "../../src/oci/digest.ts";
import { makeDirectory } from "../../src/server/durable_file.ts";
import { RepositoryStore } from "../../src/server/repository_store.ts";
import { StoreLayout } from "../../src/server/store_layout.ts";
import { withDirectory } from "./registry_fixture.ts";

const A = parseDigest(`sha256:${"a".repeat(64)}`);
const B = parseDigest(`sha512:${"b".repeat(128)}`);
const HOUR = 60 * 60 * 1000;

async function withRepositories(
  action: (repositories: RepositoryStore, layout: StoreLayout) => Promise<void>,
  foldCase = false,
): Promise<void> {
  await withDirectory(async (directory) => {
    const layout = new StoreLayout(directory, foldCase);
    await makeDirectory(layout.temporary);
    await action(new RepositoryStore(layout), layout);
  });
}

/** Makes a link look two hours old. */
async function age(
  layout: StoreLayout,
  kind: "layer" | "revision",
  digest: Digest,
): Promise<void> {
  const then = new Date(Date.now() - 2 * HOUR);
  await Deno.utime(layout.link("a/b", kind, digest), then, then);
}

Deno.test("RepositoryStore links, unlinks and lists", async () => {
  await withRepositories(async (repositories) => {
    assert.equal(await repositories.has("a/b", "layer", A), false);
    await repositories.link("a/b", "layer", A);
    await repositories.link("a/b", "layer", B);
    await repositories.link("a/b", "revision", B);
    assert.equal(await repositories.has("a/b", "layer", A), true);
    assert.equal(await repositories.has("a/b", "revision", A), false);
    assert.equal(await repositories.has("a", "layer", A), false);
    const layers = await repositories.links("a/b", "layer");
    assert.deepEqual([...layers.keys()], [A, B]);
    assert.equal(await repositories.unlink("a/b", "layer", A), true);
    assert.equal(await repositories.unlink("a/b", "layer", A), false);
  });
});

Deno.test("RepositoryStore makes a link young when a client is told of it", async () => {
  await withRepositories(async (repositories, layout) => {
    assert.equal(await repositories.touch("a/b", "layer", A), false);
    await repositories.link("a/b", "layer", A);
    const old = { kind: "layer", digest: A, time: Date.now() - HOUR } as const;
    await age(layout, "layer", A);
    assert.equal(await repositories.touch("a/b", "layer", A), true);
    assert.equal(repositories.unlinkOlder("a/b", old), false);
    await age(layout, "layer", A);
    assert.equal(repositories.unlinkOlder("a/b", old), true);
    assert.equal(repositories.unlinkOlder("a/b", old), false);
  });
});

Deno.test("RepositoryStore writes nothing when it is read-only", async () => {
  await withRepositories(async (repositories, layout) => {
    await repositories.link("a/b", "layer", A);
    await age(layout, "layer", A);
    const reader = new RepositoryStore(layout, { readOnly: true });
    assert.equal(await reader.touch("a/b", "layer", A), true);
    const [told = 0] = (await reader.links("a/b", "layer")).values();
    assert.ok(told < Date.now() - HOUR);
  });
});

Deno.test("RepositoryStore moves tags, and keeps apart those of other case", async () => {
  for (const foldCase of [false, true]) {
    await withRepositories(async (repositories) => {
      await repositories.tag("a/b", "v1", A);
      await repositories.tag("a/b", "V1", B);
      await repositories.tag("a/b", "v1", B);
      await repositories.tag("a/b", "Latest", A);
      assert.equal(await repositories.resolve("a/b", "v1"), B);
      assert.equal(await repositories.resolve("a/b", "v2"), undefined);
      const tags = ["Latest", "V1", "v1"];
      assert.deepEqual(await repositories.tags("a/b"), tags);
      assert.equal(await repositories.untag("a/b", "V1"), true);
      assert.equal(await repositories.untag("a/b", "V1"), false);
      const tagged = await repositories.tagged("a/b");
      assert.deepEqual([...tagged], [["Latest", A], ["v1", B]]);
    }, foldCase);
  }
});

Deno.test("RepositoryStore does not show a tag that is half there", async () => {
  await withRepositories(async (repositories, layout) => {
    await makeDirectory(layout.tag("a/b", "v1"));
    assert.deepEqual(await repositories.tags("a/b"), []);
  });
});

Deno.test("RepositoryStore gives the manifest that a tag leaves its grace", async () => {
  await withRepositories(async (repositories, layout) => {
    await repositories.link("a/b", "revision", A);
    await repositories.link("a/b", "revision", B);
    const isYoung = async (digest: Digest) => {
      const links = await repositories.links("a/b", "revision");
      return (links.get(digest) ?? 0) > Date.now() - HOUR;
    };
    await repositories.tag("a/b", "v1", A);
    await age(layout, "revision", A);
    await repositories.tag("a/b", "v1", B);
    assert.equal(await isYoung(A), true);
    await age(layout, "revision", B);
    await repositories.untag("a/b", "v1");
    assert.equal(await isYoung(B), true);
  });
});

Deno.test("RepositoryStore knows repositories that hold others", async () => {
  await withRepositories(async (repositories) => {
    for (const name of ["a", "a/blobs", "b/c/d"]) {
      await repositories.link(name, "layer", A);
    }
    const names: string[] = [];
    for await (const name of repositories.names()) names.push(name);
    assert.deepEqual(names.sort(), ["a", "a/blobs", "b/c/d"]);
    assert.equal(await repositories.exists("a"), true);
    assert.equal(await repositories.exists("b/c"), false);
  });
});

Deno.test("RepositoryStore links and unlinks at once without a failure", async () => {
  await withRepositories(async (repositories) => {
    const changes = Array.from({ length: 20 }, async (_, index) => {
      if (index % 2 === 0) await repositories.link("a", "layer", A);
      else await repositories.unlink("a", "layer", A);
    });
    await Promise.all(changes);
    await repositories.link("a", "layer", A);
    assert.equal(await repositories.has("a", "layer", A), true);
  });
});
