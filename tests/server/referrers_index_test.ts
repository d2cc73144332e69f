import { strict as assert } from "node:assert";
import {
  imageManifest,
  pushImage,
  pushManifest,
  withDirectory,
  withRegistryOn,
} from "./registry_fixture.ts";

Deno.test("referrers of a store that has no list of them are found", async () => {
  for (const readOnly of [false, true]) {
    await withDirectory(async (dataDir) => {
      let subject = "";
      let expected: string[] = [];
      await withRegistryOn(dataDir, async (registry) => {
        const { manifest, config } = await pushImage(registry, "a", {
          name: "1",
        });
        subject = manifest;
        expected = [
          await pushManifest(registry, "a", {
            document: imageManifest({ config, subject: manifest }),
          }),
          await pushManifest(registry, "a", {
            document: imageManifest({
              config,
              subject: manifest,
              artifactType: "application/x",
            }),
          }),
        ];
      });
      // As distribution leaves it.
      const referrers =
        `${dataDir}/docker/registry/v2/repositories/a/_referrers`;
      await Deno.remove(referrers, { recursive: true });
      await withRegistryOn(dataDir, async (registry) => {
        const { text } = await registry.send(
          "GET",
          `/v2/a/referrers/${subject}`,
        );
        const digests = JSON.parse(text).manifests.map(
          ({ digest }: { digest: string }) => digest,
        );
        assert.deepEqual(digests, expected.sort());
      }, { readOnly });
    });
  }
});

Deno.test("a referrer without its manifest is not shown", async () => {
  await withDirectory(async (dataDir) => {
    await withRegistryOn(dataDir, async (registry) => {
      const { manifest } = await pushImage(registry, "a", { name: "1" });
      const repository = `${dataDir}/docker/registry/v2/repositories/a`;
      const hex = manifest.slice("sha256:".length);
      // As a crash in the middle of a push leaves it.
      const directory = `${repository}/_referrers/sha256/${hex}`;
      await Deno.mkdir(directory, { recursive: true });
      await Deno.writeTextFile(`${directory}/sha256-${"c".repeat(64)}`, "");
      const { text } = await registry.send(
        "GET",
        `/v2/a/referrers/${manifest}`,
      );
      assert.deepEqual(JSON.parse(text).manifests, []);
    });
  });
});
