import { strict as assert } from "node:assert";
import { checkStore } from "../../src/server/store_check.ts";
import { checkBroken, hexOf, repositoryPath } from "./broken_store.ts";
import { pushBlob, withDirectory, withRegistryOn } from "./registry_fixture.ts";

Deno.test("RepositoryCheck mends a link that lacks or lies", async () => {
  await checkBroken(async (dataDir, { layer, config }) => {
    const layers = `${repositoryPath(dataDir)}/_layers/sha256`;
    await Deno.remove(`${layers}/${hexOf(layer)}`, { recursive: true });
    await Deno.writeTextFile(`${layers}/${hexOf(config)}/link`, "sha2");
  }, { found: ["damaged-link", "missing-blob"], left: [] });
});

Deno.test("RepositoryCheck removes a tag of nothing", async () => {
  await checkBroken(async (dataDir, { signature }) => {
    const tags = `${repositoryPath(dataDir)}/_manifests/tags`;
    await Deno.mkdir(`${tags}/torn/current`, { recursive: true });
    await Deno.writeTextFile(`${tags}/torn/current/link`, "");
    await Deno.mkdir(`${tags}/astray/current`, { recursive: true });
    const nowhere = signature.replace(/.$/, "");
    await Deno.writeTextFile(`${tags}/astray/current/link`, nowhere);
  }, { found: ["tag-of-nothing", "tag-of-nothing"], left: [] });
});

Deno.test("RepositoryCheck mends the list of referrers", async () => {
  await checkBroken(async (dataDir, { manifest, signature }) => {
    const referrers = `${repositoryPath(dataDir)}/_referrers/sha256`;
    const wrong = `${referrers}/${hexOf(signature)}`;
    await Deno.mkdir(wrong);
    await Deno.rename(
      `${referrers}/${hexOf(manifest)}/sha256-${hexOf(signature)}`,
      `${wrong}/sha256-${hexOf(signature)}`,
    );
  }, { found: ["referrers", "referrers"], left: [] });
});

Deno.test("RepositoryCheck allows a referrer that was never acknowledged", async () => {
  await checkBroken(async (dataDir, { manifest, layer }) => {
    const referrers = `${repositoryPath(dataDir)}/_referrers/sha256`;
    const path = `${referrers}/${hexOf(manifest)}/sha256-${hexOf(layer)}`;
    await Deno.writeTextFile(path, "");
  }, { found: [], left: [] });
});

Deno.test("RepositoryCheck names a manifest that cannot be read", async () => {
  await withDirectory(async (dataDir) => {
    await withRegistryOn(dataDir, async (registry) => {
      const digest = await pushBlob(registry, "a", "no manifest");
      const revisions = `${repositoryPath(dataDir)}/_manifests/revisions`;
      const directory = `${revisions}/sha256/${hexOf(digest)}`;
      await Deno.mkdir(directory, { recursive: true });
      await Deno.writeTextFile(`${directory}/link`, digest);
    });
    const { problems } = await checkStore(dataDir, { repair: true });
    assert.deepEqual(problems.map(({ kind, repaired }) => [kind, repaired]), [
      ["damaged-manifest", false],
    ]);
  });
});
