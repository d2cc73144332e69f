import { strict as assert } from "node:assert";
import { checkStore } from "../../src/server/store_check.ts";
import { StoreLockedError } from "../../src/server/store_lock.ts";
import {
  imageManifest,
  pushBlob,
  pushImage,
  pushManifest,
  withDirectory,
  withRegistryOn,
} from "./registry_fixture.ts";

interface Pushed {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
  readonly signature: string;
}

/** Fills a store with an image that has a referrer. */
async function fill(dataDir: string): Promise<Pushed> {
  let pushed: Pushed | undefined;
  await withRegistryOn(dataDir, async (registry) => {
    const image = await pushImage(registry, "a", { name: "1", tag: "v1" });
    const { config, manifest } = image;
    const signature = await pushManifest(registry, "a", {
      document: imageManifest({ config, subject: manifest }),
    });
    pushed = { ...image, signature };
  });
  assert.ok(pushed !== undefined);
  return pushed;
}

function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}

function blobPath(dataDir: string, digest: string): string {
  const hex = hexOf(digest);
  const prefix = hex.slice(0, 2);
  return `${dataDir}/docker/registry/v2/blobs/sha256/${prefix}/${hex}/data`;
}

function repositoryPath(dataDir: string): string {
  return `${dataDir}/docker/registry/v2/repositories/a`;
}

/** Breaks a store, and compares what is found and what is left after repair. */
async function checkBroken(
  breakIt: (dataDir: string, pushed: Pushed) => Promise<void>,
  expected: { found: string[]; left: string[] },
): Promise<void> {
  await withDirectory(async (dataDir) => {
    await breakIt(dataDir, await fill(dataDir));
    const kinds = async (repair: boolean) =>
      (await checkStore(dataDir, { repair })).problems.map(({ kind }) => kind);
    assert.deepEqual(await kinds(false), expected.found);
    // Looking changes nothing.
    assert.deepEqual(await kinds(false), expected.found);
    await kinds(true);
    assert.deepEqual(await kinds(false), expected.left);
  });
}

Deno.test("checkStore() finds nothing wrong with a sound store", async () => {
  await withDirectory(async (dataDir) => {
    await fill(dataDir);
    const report = await checkStore(dataDir);
    assert.deepEqual(
      { ...report, bytes: report.bytes > 0 },
      {
        repositories: 1,
        manifests: 2,
        tags: 1,
        blobs: 4,
        bytes: true,
        problems: [],
      },
    );
  });
});

Deno.test("checkStore() names and puts away damaged content", async () => {
  await withDirectory(async (dataDir) => {
    const { layer } = await fill(dataDir);
    await Deno.writeTextFile(blobPath(dataDir, layer), "layer of 2");
    const seen: string[] = [];
    const report = await checkStore(dataDir, {
      repair: true,
      onProblem: ({ message }) => seen.push(message),
    });
    assert.deepEqual(
      report.problems.map(({ kind, repaired }) => [
        kind,
        repaired,
      ]),
      [
        ["damaged-content", true],
        ["link-to-nothing", true],
        ["missing-blob", false],
      ],
    );
    assert.match(seen[0] ?? "", new RegExp(`^The content "${layer}" has the `));
    const kept = `${dataDir}/damaged/sha256-${hexOf(layer)}`;
    assert.equal(await Deno.readTextFile(kept), "layer of 2");
    // A client is told that it is not there, and sends it again.
    await withRegistryOn(dataDir, async (registry) => {
      const { status } = await registry.send("HEAD", `/v2/a/blobs/${layer}`);
      assert.equal(status, 404);
      await pushBlob(registry, "a", "layer of 1");
    });
    assert.deepEqual((await checkStore(dataDir)).problems, []);
  });
});

Deno.test("checkStore() mends a link that lacks or lies", async () => {
  await checkBroken(async (dataDir, { layer, config }) => {
    const layers = `${repositoryPath(dataDir)}/_layers/sha256`;
    await Deno.remove(`${layers}/${hexOf(layer)}`, { recursive: true });
    await Deno.writeTextFile(`${layers}/${hexOf(config)}/link`, "sha2");
  }, { found: ["damaged-link", "missing-blob"], left: [] });
});

Deno.test("checkStore() removes a tag of nothing", async () => {
  await checkBroken(async (dataDir, { signature }) => {
    const tags = `${repositoryPath(dataDir)}/_manifests/tags`;
    await Deno.mkdir(`${tags}/torn/current`, { recursive: true });
    await Deno.writeTextFile(`${tags}/torn/current/link`, "");
    await Deno.mkdir(`${tags}/astray/current`, { recursive: true });
    const nowhere = signature.replace(/.$/, "");
    await Deno.writeTextFile(`${tags}/astray/current/link`, nowhere);
  }, { found: ["tag-of-nothing", "tag-of-nothing"], left: [] });
});

Deno.test("checkStore() mends the list of referrers", async () => {
  await checkBroken(async (dataDir, { manifest, signature, layer }) => {
    const of = `${repositoryPath(dataDir)}/_referrers/sha256/${
      hexOf(manifest)
    }`;
    await Deno.rename(
      `${of}/sha256-${hexOf(signature)}`,
      `${of}/sha256-${hexOf(layer)}`,
    );
  }, { found: ["referrers", "referrers"], left: [] });
});

Deno.test("checkStore() names a manifest that cannot be read", async () => {
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

Deno.test("checkStore() leaves a store that is served alone", async () => {
  await withDirectory(async (dataDir) => {
    await withRegistryOn(dataDir, async () => {
      await assert.rejects(checkStore(dataDir), StoreLockedError);
    });
    await assert.rejects(
      checkStore(`${dataDir}/absent`),
      Deno.errors.NotFound,
    );
  });
});
