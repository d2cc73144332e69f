import { createHash } from "node:crypto";
import { join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { runCommand, succeed } from "./command.ts";

/** What must be in the registry after a push. */
export interface ExpectedImage {
  /** Repository and tag. */
  readonly name: string;
  /** Digest of the manifest or index; absent where the push makes a manifest. */
  readonly digest?: string;
  /** Digest of the config of the linux/amd64 image. */
  readonly imageId?: string;
  /** Digests of the uncompressed layers of that image. */
  readonly diffIds?: readonly string[];
  /** Digests of other manifests that must be in the repository. */
  readonly others?: readonly string[];
}

interface DockerManifestItem {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

interface IndexJson {
  readonly manifests: readonly {
    readonly digest: string;
    readonly annotations?: Readonly<Record<string, string>>;
  }[];
}

/**
 * Reads what a docker-archive holds by unpacking it with tar: an image for each
 * `RepoTags` item, or the one name that is given.
 */
export function imagesOfDockerArchive(
  archive: string,
  name?: string,
): Promise<ExpectedImage[]> {
  return unpacked(archive, async (folder) => {
    const items: DockerManifestItem[] = JSON.parse(
      await Deno.readTextFile(join(folder, "manifest.json")),
    );
    const images = await Promise.all(items.map(async (item) => {
      const config = await Deno.readFile(join(folder, item.Config));
      const layers = await Promise.all(
        item.Layers.map((layer) => Deno.readFile(join(folder, layer))),
      );
      const imageId = sha256(config);
      const diffIds = layers.map((layer) => sha256(decompressed(layer)));
      const names = name === undefined ? item.RepoTags ?? [] : [name];
      return names.map((tag) => ({ name: withoutHost(tag), imageId, diffIds }));
    }));
    return images.flat();
  });
}

/** Reads what an OCI archive holds by unpacking it with tar. */
export function imagesOfOciArchive(
  archive: string,
  name?: string,
): Promise<ExpectedImage[]> {
  return unpacked(archive, (folder) => imagesOfLayout(folder, name));
}

/**
 * Reads what a layout holds: an image for each descriptor of `index.json`, under
 * the name that is given, else that of its annotation.
 */
export async function imagesOfLayout(
  folder: string,
  name?: string,
): Promise<ExpectedImage[]> {
  const index: IndexJson = JSON.parse(
    await Deno.readTextFile(join(folder, "index.json")),
  );
  return index.manifests.map(({ digest, annotations = {} }) => ({
    digest,
    name: withoutHost(
      name ?? annotations["io.containerd.image.name"] ??
        annotations["org.opencontainers.image.ref.name"] ?? "",
    ),
  }));
}

/** Returns the SHA-256 digest of bytes. */
export function sha256(bytes: Uint8Array | string): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

/** Drops the registry host from a full name. */
export function withoutHost(name: string): string {
  return name.replace(/^[^/]*[.:][^/]*\//, "");
}

async function unpacked<T>(
  archive: string,
  read: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "k8scr-expected-" });
  try {
    await succeed(["tar", "-xf", archive, "-C", folder]);
    return await read(folder);
  } finally {
    // Archives hold folders without permission to write into them.
    await runCommand(["chmod", "-R", "u+w", folder]);
    await Deno.remove(folder, { recursive: true });
  }
}

function decompressed(layer: Uint8Array): Uint8Array {
  if (layer[0] === 0x1f && layer[1] === 0x8b) return gunzipSync(layer);
  if (layer[0] === 0x28 && layer[1] === 0xb5) return zstdDecompressSync(layer);
  return layer;
}
