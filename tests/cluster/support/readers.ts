import { strict as assert } from "node:assert";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { runCommand, succeed } from "./command.ts";
import { type ExpectedImage, sha256 } from "./expected_images.ts";
import type { Registry } from "./registries.ts";

/** What crane and skopeo read from a registry under a name. */
export interface ReadImage {
  /** Digest of the manifest or index, computed here. */
  readonly digest: string;
  /** Digest of the config of its first image, computed here. */
  readonly imageId: string;
  /** The diffIDs that this config states. */
  readonly diffIds: readonly string[];
}

interface Layer {
  readonly mediaType: string;
  readonly digest: string;
}

/** Fields of a manifest or of an index. */
interface ManifestJson {
  readonly layers?: readonly Layer[];
  readonly manifests?: readonly { readonly digest: string }[];
}

/**
 * Reads an image with crane and with skopeo, every platform and all layers
 * included: both verify the digests, and crane or the tests the diffIDs.
 *
 * @throws {Error} when one of them refuses it or they read different bytes
 */
export async function readImage(
  registry: Registry,
  name: string,
): Promise<ReadImage> {
  const reference = `${registry.address}/${name}`;
  const manifest = await crane("manifest", reference);
  const raw = await skopeo("inspect", "--raw", `docker://${reference}`);
  assert.equal(raw, manifest, "crane and skopeo read different manifests");
  const repository = repositoryOf(reference);
  const digest = sha256(manifest);
  const images = await imagesBelow(repository, digest);
  const configs: string[] = [];
  for (const image of images) configs.push(await verify(repository, image));
  const [config = ""] = configs;
  const { rootfs } = JSON.parse(config);
  return { digest, imageId: sha256(config), diffIds: rootfs.diff_ids };
}

/** Asserts that an image is in a registry as it should be. */
export async function assertImage(
  registry: Registry,
  expected: ExpectedImage,
): Promise<ReadImage> {
  const image = await readImage(registry, expected.name);
  const { name, digest, imageId, diffIds, others = [] } = expected;
  if (digest !== undefined) assert.equal(image.digest, digest, name);
  if (imageId !== undefined) assert.equal(image.imageId, imageId, name);
  if (diffIds !== undefined) assert.deepEqual(image.diffIds, diffIds, name);
  const repository = `${registry.address}/${repositoryOf(name)}`;
  for (const other of others) {
    const manifest = await crane("manifest", `${repository}@${other}`);
    assert.equal(sha256(manifest), other);
  }
  return image;
}

/** Lists the tags of a repository; empty when there is no repository. */
export async function listTags(
  registry: Registry,
  repository: string,
): Promise<string[]> {
  const { code, stdout, stderr } = await runCommand(
    ["crane", "ls", "--insecure", `${registry.address}/${repository}`],
  );
  if (code === 0) return stdout.split("\n").filter((line) => line !== "");
  if (/NAME_UNKNOWN|404/.test(stderr)) return [];
  throw new Error(`Cannot list the tags of "${repository}": ${stderr}`);
}

/** Runs crane and returns what it prints. */
export function crane(command: string, ...args: string[]): Promise<string> {
  return succeed(["crane", command, "--insecure", ...args]);
}

function skopeo(command: string, ...args: string[]): Promise<string> {
  return succeed(["skopeo", command, "--tls-verify=false", ...args]);
}

/** Returns the digests of the images in an index at any depth, in order. */
async function imagesBelow(
  repository: string,
  digest: string,
): Promise<string[]> {
  const manifest: ManifestJson = JSON.parse(
    await crane("manifest", `${repository}@${digest}`),
  );
  if (manifest.manifests === undefined) return [digest];
  const below: string[] = [];
  for (const child of manifest.manifests) {
    below.push(...await imagesBelow(repository, child.digest));
  }
  return below;
}

/** Reads all of an image and returns its config. */
async function verify(repository: string, digest: string): Promise<string> {
  const reference = `${repository}@${digest}`;
  const config = await crane("config", reference);
  const { layers = [] }: ManifestJson = JSON.parse(
    await crane("manifest", reference),
  );
  // crane takes every layer for gzip when it validates.
  if (layers.every(({ mediaType }) => mediaType.endsWith("gzip"))) {
    await crane("validate", "--remote", reference);
  } else {
    const diffIds = layers.map((layer) => readDiffId(repository, layer));
    const { rootfs } = JSON.parse(config);
    assert.deepEqual(await Promise.all(diffIds), rootfs.diff_ids, reference);
  }
  await pullWithSkopeo(reference);
  return config;
}

/** Computes the digest of a layer's uncompressed bytes. */
async function readDiffId(repository: string, layer: Layer): Promise<string> {
  const [host, ...path] = repository.split("/");
  const response = await fetch(
    `http://${host}/v2/${path.join("/")}/blobs/${layer.digest}`,
  );
  assert.ok(response.ok && response.body, `${layer.digest} cannot be read`);
  const hash = createHash("sha256");
  const source = Readable.from(response.body);
  const { mediaType } = layer;
  if (mediaType.endsWith("gzip")) await pipeline(source, createGunzip(), hash);
  else if (mediaType.endsWith("zstd")) {
    await pipeline(source, createZstdDecompress(), hash);
  } else await pipeline(source, hash);
  return `sha256:${hash.digest("hex")}`;
}

async function pullWithSkopeo(reference: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "k8scr-pulled-" });
  try {
    await succeed([
      ...["skopeo", "copy", "--quiet", "--src-tls-verify=false"],
      ...[`docker://${reference}`, `dir:${folder}`],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Drops tag and digest. */
function repositoryOf(name: string): string {
  return name.replace(/(?::[^:/]*)?(?:@.*)?$/, "");
}
