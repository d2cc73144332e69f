import { writeFully } from "../../../src/content/file_access.ts";
import { createCipheriv, createHash, type Hash } from "node:crypto";
import { concatBytes, tarHeader } from "../../support/tar_builder.ts";
import { sha256 } from "./expected_images.ts";

/** What a layer of a big image is filled with. */
export type Filling = "zeros" | "noise";

/** A layer of a big image. */
export interface BigLayer {
  /** What is in its only file. */
  readonly filling: Filling;
  /** Bytes of that file, a multiple of a mebibyte. */
  readonly size: number;
}

/** A big image that has been written. */
export interface BigImage {
  /** Digest of its config. */
  readonly imageId: string;
  /** Digests of its layers, which are plain tars. */
  readonly diffIds: readonly string[];
}

/** A mebibyte. */
export const MEBIBYTE = 2 ** 20;

const END_OF_TAR = new Uint8Array(1024);

/**
 * Writes a docker-archive of any size in little memory. Zeros take no room on
 * the disk; noise does not compress.
 */
export async function writeBigImage(
  path: string,
  name: string,
  layers: readonly BigLayer[],
): Promise<BigImage> {
  using file = await Deno.create(path);
  const diffIds: string[] = [];
  for (const [position, layer] of layers.entries()) {
    diffIds.push(await writeLayer(file, `layer-${position}.tar`, layer));
  }
  const config = new TextEncoder().encode(JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Cmd: ["/bin/true"] },
    rootfs: { type: "layers", diff_ids: diffIds },
  }));
  const manifest = JSON.stringify([{
    Config: "config.json",
    RepoTags: [`k8scr.test/${name}`],
    Layers: layers.map((_, position) => `layer-${position}.tar`),
  }]);
  await writeEntry(file, "config.json", config);
  await writeEntry(file, "manifest.json", new TextEncoder().encode(manifest));
  await writeFully(file, END_OF_TAR);
  return { imageId: sha256(config), diffIds };
}

/** Writes a layer into the archive and returns its diffID. */
async function writeLayer(
  file: Deno.FsFile,
  name: string,
  { filling, size }: BigLayer,
): Promise<string> {
  const header = tarHeader({ name: `data/${name}`, size, base256: true });
  const total = header.length + size + END_OF_TAR.length;
  await writeFully(file, tarHeader({ name, size: total, base256: true }));
  const hash = createHash("sha256");
  hash.update(header);
  await writeFully(file, header);
  await fill(file, { filling, size, seed: name }, hash);
  hash.update(END_OF_TAR);
  await writeFully(file, END_OF_TAR);
  return `sha256:${hash.digest("hex")}`;
}

async function fill(
  file: Deno.FsFile,
  { filling, size, seed }: BigLayer & { readonly seed: string },
  hash: Hash,
): Promise<void> {
  const zeros = new Uint8Array(MEBIBYTE);
  const key = createHash("sha256").update(seed).digest().subarray(0, 16);
  const noise = createCipheriv("aes-128-ctr", key, new Uint8Array(16));
  for (let written = 0; written < size; written += MEBIBYTE) {
    const part = filling === "zeros" ? zeros : noise.update(zeros);
    hash.update(part);
    if (filling === "noise") await writeFully(file, part);
  }
  if (filling === "zeros") await file.seek(size, Deno.SeekMode.Current);
}

async function writeEntry(
  file: Deno.FsFile,
  name: string,
  data: Uint8Array,
): Promise<void> {
  const padding = new Uint8Array((512 - data.length % 512) % 512);
  const header = tarHeader({ name, size: data.length });
  await writeFully(file, concatBytes([header, data, padding]));
}
