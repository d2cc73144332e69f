import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { isIndexType } from "../oci/media_type.ts";
import { formatPlatform } from "../oci/platform.ts";
import { printable } from "../registry/registry_error.ts";
import { formatImageName, type ImageName } from "./image_name.ts";
import type { HistoryEntry, InspectedConfig } from "./inspect_config.ts";
import { type InspectedNode, nodesOf, treeSize } from "./inspect_tree.ts";
import { formatMoment, formatTable, shortDigest } from "./list_table.ts";
import { formatSize } from "./quantity.ts";

/** An image with all that is known of it. */
export interface InspectedImage {
  /** What it was asked for by. */
  readonly name: ImageName;
  /** Its manifests. */
  readonly root: InspectedNode;
  /** The configs of its images by their digests. */
  readonly configs: ReadonlyMap<Digest, InspectedConfig>;
  /** What is about each manifest, by the manifest's digest. */
  readonly referrers: ReadonlyMap<Digest, readonly Descriptor[]>;
}

/** How an index of Docker's marks what is no image to run. */
const ATTESTATION_SUBJECT = "vnd.docker.reference.digest";

const INDENT = "  ";

/** Writes it for people. */
export function inspectedText(image: InspectedImage): string {
  const { name, root } = image;
  const { digest } = root.descriptor;
  const title = formatImageName({ ...name, digest });
  return [
    `${title}\n${formatSize(treeSize(root))} in all\n`,
    formatTable(treeRows(root, "")),
    annotationsText(root),
    ...configTexts(image),
    referrersText(image),
  ].filter((section) => section !== "").join("\n");
}

/** Writes one JSON document. */
export function inspectedJson(image: InspectedImage): string {
  const { name, root } = image;
  const document = {
    repository: name.repository,
    ...name.tag !== undefined && { tag: name.tag },
    totalSize: treeSize(root),
    ...nodeJson(root, image),
  };
  return `${JSON.stringify(document)}\n`;
}

function nodeJson(node: InspectedNode, image: InspectedImage): object {
  const { descriptor, config, layers, artifactType, annotations, subject } =
    node;
  const { mediaType, digest, size, platform } = descriptor;
  const document = config && image.configs.get(config.digest)?.document;
  return {
    mediaType,
    digest,
    size,
    ...platform && { platform: formatPlatform(platform) },
    ...artifactType !== undefined && { artifactType },
    ...annotations && { annotations },
    ...subject && { subject },
    ...config && { config: { ...config, ...document && { document } } },
    ...layers.length > 0 && { layers },
    ...isIndexType(mediaType) && {
      manifests: node.manifests.map((child) => nodeJson(child, image)),
      missing: node.missing,
    },
    referrers: image.referrers.get(digest) ?? [],
  };
}

function treeRows(
  node: InspectedNode,
  indent: string,
): readonly (readonly string[])[] {
  const { descriptor, config, layers, manifests, missing } = node;
  const below = indent + INDENT;
  const isIndex = isIndexType(descriptor.mediaType);
  return [
    row(indent + (isIndex ? "index" : "manifest"), descriptor, aboutOf(node)),
    ...config ? [row(`${below}config`, config)] : [],
    ...layers.map((layer) => row(below + (isIndex ? "blob" : "layer"), layer)),
    ...manifests.flatMap((child) => treeRows(child, below)),
    ...missing.map((child) =>
      row(`${below}manifest`, child, `${platformOf(child)}not in the registry`)
    ),
  ];
}

function row(
  kind: string,
  { digest, size, mediaType }: Descriptor,
  about: string = mediaType,
): readonly string[] {
  return [kind, digest, formatSize(size), printable(about)];
}

function aboutOf({ descriptor, artifactType }: InspectedNode): string {
  const subject = descriptor.annotations?.[ATTESTATION_SUBJECT];
  if (subject !== undefined) return `attestation of ${shortDigest(subject)}`;
  return platformOf(descriptor) + (artifactType ?? descriptor.mediaType);
}

function platformOf({ platform }: Descriptor): string {
  return platform === undefined ? "" : `${formatPlatform(platform)}, `;
}

function annotationsText({ annotations = {} }: InspectedNode): string {
  const rows = Object.entries(annotations).map(([name, value]) => [
    printable(name),
    printable(value),
  ]);
  return rows.length === 0 ? "" : `Annotations:\n${formatTable(rows, INDENT)}`;
}

function configTexts({ root, configs }: InspectedImage): readonly string[] {
  const texts: string[] = [];
  const seen = new Set<Digest>();
  for (const { config, layers, descriptor } of nodesOf(root)) {
    const found = config && configs.get(config.digest);
    const isImage = descriptor.annotations?.[ATTESTATION_SUBJECT] === undefined;
    if (!found || !config || !isImage || seen.has(config.digest)) continue;
    seen.add(config.digest);
    const platform = printable(formatPlatform(found.platform));
    texts.push(
      `Config of ${platform}:\n${configText(found)}`,
      historyText(found, layers),
    );
  }
  return texts;
}

function configText({ created, execution, labels }: InspectedConfig): string {
  const fields: (readonly [string, readonly string[]])[] = [
    ["Created", [formatMoment(created)]],
    ...[...execution].map(([name, value]) =>
      [name, linesOf(name, value)] as const
    ),
    [
      "Labels",
      Object.entries(labels).map(([name, value]) => `${name}=${value}`),
    ],
  ];
  const rows = fields.flatMap(([name, lines]) =>
    lines.map((line, at) => [at === 0 ? name : "", printable(line)])
  );
  return formatTable(rows, INDENT);
}

/** Words of a command line stay apart; all other lists are one item a line. */
function linesOf(
  name: string,
  value: string | readonly string[],
): readonly string[] {
  if (typeof value === "string") return [value];
  const isCommand = name === "Entrypoint" || name === "Cmd";
  return isCommand ? [JSON.stringify(value)] : value;
}

function historyText(
  { history }: InspectedConfig,
  layers: readonly Descriptor[],
): string {
  if (history.length === 0) return "";
  const left = [...layers];
  const sizeOf = ({ isEmpty }: HistoryEntry) => {
    const layer = isEmpty ? undefined : left.shift();
    return layer === undefined ? "" : formatSize(layer.size);
  };
  const rows = history.map((entry) => [
    formatMoment(entry.created),
    sizeOf(entry),
    printable(entry.createdBy),
  ]);
  return `History:\n${formatTable(rows, INDENT)}`;
}

function referrersText({ referrers, root }: InspectedImage): string {
  const rows = [...referrers].flatMap(([subject, list]) =>
    list.map(({ digest, size, artifactType, mediaType }) => [
      digest,
      formatSize(size),
      printable(artifactType ?? mediaType),
      subject === root.descriptor.digest ? "" : `of ${shortDigest(subject)}`,
    ])
  );
  return rows.length === 0 ? "" : `Referrers:\n${formatTable(rows, INDENT)}`;
}
