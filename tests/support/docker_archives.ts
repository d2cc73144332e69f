import { digestEncoded, digestOf } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import {
  blobPath,
  buildManifest,
  type BuiltContent,
  type BuiltImage,
  type BuiltLayer,
  describe,
  toJson,
} from "./images.ts";
import { layoutFiles } from "./layouts.ts";
import {
  buildTar,
  type TarItem,
  type TarOptions,
  toBytes,
} from "./tar_builder.ts";

/** Programs whose docker-archives differ. */
export type Producer =
  /** `docker save` of an engine before 25: a folder for each layer. */
  | "docker"
  /** `docker save` of an engine from 25 on with the graph-driver store. */
  | "docker25"
  /** `docker save` of an engine with the containerd store; nerdctl, ctr. */
  | "containerd"
  /** skopeo, podman, buildah. */
  | "skopeo"
  /** crane, kaniko, ko, rules_docker. */
  | "crane"
  /** Jib. */
  | "jib"
  /** Bazel's rules_oci. */
  | "bazel"
  /** Nix's dockerTools. */
  | "nix";

/** An image in a docker-archive. */
export interface ArchiveImage {
  /** The image. */
  readonly image: BuiltImage;
  /** Its `RepoTags`; `null` when it has none. */
  readonly tags: readonly string[] | null;
}

/** Options for {@linkcode writeDockerArchive}. */
export interface DockerArchiveOptions extends TarOptions {
  /** Default `docker`. */
  readonly producer?: Producer;
  /** Put before every name: `./`. */
  readonly prefix?: string;
}

/** Writes a docker-archive as its producer would. */
export async function writeDockerArchive(
  path: string,
  images: readonly ArchiveImage[],
  options: DockerArchiveOptions = {},
): Promise<void> {
  const prefix = options.prefix ?? "";
  const items = dockerArchiveItems(images, options.producer).map((item) => ({
    ...item,
    name: prefix + item.name,
  }));
  await Deno.writeFile(path, buildTar(items, options));
}

/** Returns the entries of a docker-archive, for tests that change some. */
export function dockerArchiveItems(
  images: readonly ArchiveImage[],
  producer: Producer = "docker",
): TarItem[] {
  const entries = new Map<string, TarItem>();
  const add = (item: TarItem) => {
    if (!entries.has(item.name)) entries.set(item.name, item);
  };
  if (producer === "docker25" || producer === "containerd") {
    return layoutArchive(images, producer);
  }
  const manifest = images.map((entry) => {
    const { items, config, layers } = PRODUCERS[producer](entry.image, entries);
    items.forEach(add);
    return { Config: config, RepoTags: entry.tags, Layers: layers };
  });
  add({ name: "manifest.json", data: toJson(manifest) });
  if (producer === "docker" || producer === "skopeo") {
    add({ name: "repositories", data: repositories(images) });
  }
  return [...entries.values()];
}

interface Stored {
  readonly items: readonly TarItem[];
  readonly config: string;
  readonly layers: readonly string[];
}

type Store = (
  image: BuiltImage,
  before: ReadonlyMap<string, TarItem>,
) => Stored;

const PRODUCERS: Readonly<
  Record<Exclude<Producer, "docker25" | "containerd">, Store>
> = {
  docker: storeClassic,
  skopeo: storeSkopeo,
  crane: (image) =>
    storeFlat(image, {
      config: `sha256:${configHex(image)}`,
      layer: (layer) => `${digestEncoded(layer.descriptor.digest)}.tar.gz`,
    }),
  jib: (image) =>
    storeFlat(image, {
      config: "config.json",
      layer: (layer) => `${digestEncoded(layer.descriptor.digest)}.tar.gz`,
    }),
  bazel: (image) =>
    storeFlat(image, {
      config: `blobs/sha256/${configHex(image)}`,
      layer: (layer) => `${blobPath(layer.descriptor.digest)}.tar.gz`,
    }),
  nix: storeNix,
};

/** A layer that was there before is a symbolic link to where it is. */
function storeClassic(
  image: BuiltImage,
  before: ReadonlyMap<string, TarItem>,
): Stored {
  const stored = new Map<string, string>();
  for (const { name, data } of before.values()) {
    if (data !== undefined) stored.set(digestOf(toBytes(data)), name);
  }
  const items: TarItem[] = [];
  const layers = image.layers.map((layer, position) => {
    const folder = legacyId(image, position);
    const name = `${folder}/layer.tar`;
    const first = stored.get(layer.diffId);
    items.push({ name: `${folder}/`, type: "5" });
    items.push({ name: `${folder}/VERSION`, data: "1.0" });
    items.push({ name: `${folder}/json`, data: toJson({ id: folder }) });
    items.push(
      first === undefined
        ? { name, data: layer.tar }
        : { name, type: "2", linkname: `../${first}` },
    );
    stored.set(layer.diffId, first ?? name);
    return name;
  });
  const config = `${configHex(image)}.json`;
  items.push({ name: config, data: image.config });
  return { items, config, layers };
}

/** Layers are at the top; old readers find them through symbolic links. */
function storeSkopeo(image: BuiltImage): Stored {
  const items: TarItem[] = [];
  const layers = image.layers.map((layer, position) => {
    const name = `${digestEncoded(layer.diffId)}.tar`;
    const folder = legacyId(image, position);
    items.push({ name, data: layer.tar });
    items.push({
      name: `${folder}/layer.tar`,
      type: "2",
      linkname: `../${name}`,
    });
    items.push({ name: `${folder}/VERSION`, data: "1.0" });
    items.push({ name: `${folder}/json`, data: toJson({ id: folder }) });
    return name;
  });
  const config = `${configHex(image)}.json`;
  items.push({ name: config, data: image.config });
  return { items, config, layers };
}

/** Layers stay compressed. */
function storeFlat(
  image: BuiltImage,
  names: {
    readonly config: string;
    readonly layer: (layer: BuiltLayer) => string;
  },
): Stored {
  const layers = image.layers.map(names.layer);
  return {
    items: [
      { name: names.config, data: image.config },
      ...image.layers.map((layer) => ({
        name: names.layer(layer),
        data: layer.blob,
      })),
    ],
    config: names.config,
    layers,
  };
}

function storeNix(image: BuiltImage): Stored {
  const layers = image.layers.map((layer) =>
    `${digestEncoded(layer.diffId)}/layer.tar`
  );
  const config = `${configHex(image)}.json`;
  return {
    items: [
      ...image.layers.map((layer, position) => ({
        name: layers[position] ?? "",
        data: layer.tar,
      })),
      { name: config, data: image.config },
    ],
    config,
    layers,
  };
}

/** An OCI layout with a `manifest.json` that names the same blobs. */
function layoutArchive(
  images: readonly ArchiveImage[],
  producer: "docker25" | "containerd",
): TarItem[] {
  const plain = producer === "docker25";
  const stored = images.map(({ image, tags }) => ({
    content: plain ? uncompressed(image) : image,
    image,
    tags,
  }));
  const files = layoutFiles(
    stored.flatMap(({ content, tags }) =>
      (tags ?? [undefined]).map((tag) => ({
        content,
        ...tag !== undefined && {
          name: tag.slice(tag.lastIndexOf(":") + 1),
          annotations: { "io.containerd.image.name": tag },
        },
      }))
    ),
  );
  const manifest = stored.map(({ image, tags }) => ({
    Config: blobPath(image.configDescriptor.digest),
    RepoTags: tags,
    Layers: image.layers.map((layer) =>
      blobPath(plain ? layer.diffId : layer.descriptor.digest)
    ),
    ...plain && { LayerSources: layerSources(image) },
  }));
  files.set("manifest.json", toJson(manifest));
  if (plain) files.set("repositories", repositories(images));
  return [...files].toSorted(([a], [b]) => a < b ? -1 : 1).map((
    [name, data],
  ) => ({ name, data }));
}

/** The same image as the graph-driver store writes it: layers are plain tars. */
function uncompressed(image: BuiltImage): BuiltContent {
  const layers = image.layers.map((layer) =>
    describe(layer.tar, MediaType.OCI_LAYER)
  );
  const { bytes, descriptor } = buildManifest(image.configDescriptor, layers);
  const blobs = new Map([
    [descriptor.digest, bytes],
    [image.configDescriptor.digest, image.config],
    ...image.layers.map((layer) => [layer.diffId, layer.tar] as const),
  ]);
  return { descriptor, bytes, blobs };
}

function layerSources(image: BuiltImage): Record<string, unknown> {
  return Object.fromEntries(
    image.layers.map((layer) => [
      layer.diffId,
      describe(layer.tar, MediaType.OCI_LAYER),
    ]),
  );
}

function repositories(
  images: readonly ArchiveImage[],
): Uint8Array<ArrayBuffer> {
  const entries = images.flatMap(({ image, tags }) =>
    (tags ?? []).map((name) => {
      const colon = name.lastIndexOf(":");
      const top = legacyId(image, image.layers.length - 1);
      return [name.slice(0, colon), { [name.slice(colon + 1)]: top }];
    })
  );
  return toJson(Object.fromEntries(entries));
}

function legacyId(image: BuiltImage, position: number): string {
  const seed = `${image.configDescriptor.digest} ${position}`;
  return digestEncoded(digestOf(toBytes(seed)));
}

function configHex(image: BuiltImage): string {
  return digestEncoded(image.configDescriptor.digest);
}
