import { strict as assert } from "node:assert";
import { checkStore } from "../../src/server/store_check.ts";
import {
  imageManifest,
  pushImage,
  pushManifest,
  withDirectory,
  withRegistryOn,
} from "./registry_fixture.ts";

/** Digests of what {@linkcode fillStore} put into a store. */
export interface Pushed {
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
  readonly signature: string;
}

/** Fills a store with an image that has a referrer. */
export async function fillStore(dataDir: string): Promise<Pushed> {
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

/** Returns a digest without its algorithm. */
export function hexOf(digest: string): string {
  return digest.slice("sha256:".length);
}

/** Returns the file that holds content. */
export function blobPath(dataDir: string, digest: string): string {
  const hex = hexOf(digest);
  const prefix = hex.slice(0, 2);
  return `${dataDir}/docker/registry/v2/blobs/sha256/${prefix}/${hex}/data`;
}

/** Returns the directory of the repository that was pushed to. */
export function repositoryPath(dataDir: string): string {
  return `${dataDir}/docker/registry/v2/repositories/a`;
}

/** Breaks a store, and compares what is found and what is left after repair. */
export async function checkBroken(
  breakIt: (dataDir: string, pushed: Pushed) => Promise<void>,
  expected: { found: string[]; left: string[] },
): Promise<void> {
  await withDirectory(async (dataDir) => {
    await breakIt(dataDir, await fillStore(dataDir));
    const kinds = async (repair: boolean) =>
      (await checkStore(dataDir, { repair })).problems.map(({ kind }) => kind);
    assert.deepEqual(await kinds(false), expected.found);
    // Looking changes nothing.
    assert.deepEqual(await kinds(false), expected.found);
    await kinds(true);
    assert.deepEqual(await kinds(false), expected.left);
  });
}
