import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import type { ImageIndex } from "../oci/image_index.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import { MediaType } from "../oci/media_type.ts";
import { parseSignatureTag, type SignatureTag } from "../oci/signature_tag.ts";
import { successors } from "../oci/successors.ts";
import { blobPath } from "./blob_path.ts";
import { hasMaker } from "./index_kinds.ts";
import {
  type IndexContent,
  type NamedRoot,
  readIndexNames,
} from "./index_names.ts";
import type { LayoutFiles } from "./layout_files.ts";

/** Largest manifest that is read to see what it is about. */
const MAX_MANIFEST_SIZE = 16 * 1024 * 1024;

/** Largest blob that is looked at in search of a manifest of a signature. */
const MAX_UNLISTED_SIZE = 256 * 1024;

/**
 * Finds out what the descriptors of an `index.json` stand for, with a look at
 * the manifests where the index does not say it.
 *
 * @throws {LayoutError} when a manifest cannot be read
 */
export async function readLayoutContent(
  files: LayoutFiles,
  index: ImageIndex,
): Promise<IndexContent> {
  const content = readIndexNames(index);
  const images: NamedRoot[] = [];
  const referrers = [...content.referrers];
  const attachments = [...content.attachments];
  const repositories = repositoriesOf(content.images);
  for (const image of content.images) {
    const { names, root } = image;
    const about = await taggedSubject(files, image, repositories);
    if (about !== undefined) attachments.push({ ...about, root });
    else if (names.length === 0 && await subjectOf(files, root)) {
      referrers.push(root);
    } else images.push(image);
  }
  // Where there is nothing else, what is about an image is what to copy.
  if (images.length === 0) return content;
  if (images.some(({ names, root }) => names.length === 0 && hasMaker(root))) {
    const found = await unlistedReferrers(files, index, images);
    referrers.push(...found);
  }
  return { ...content, images, referrers, attachments };
}

/**
 * Tells what an image is about whose only names are cosign's tags of a manifest
 * that is there, in the repository of an image. Registries list such tags among
 * all others: whoever copies all of a repository writes them as images.
 */
async function taggedSubject(
  files: LayoutFiles,
  { names }: NamedRoot,
  repositories: ReadonlySet<string>,
): Promise<SignatureTag | undefined> {
  let found: SignatureTag | undefined;
  for (const { repository, about } of names.map(splitName)) {
    if (about === undefined || !repositories.has(repository)) return undefined;
    found = about;
  }
  if (found === undefined) return undefined;
  const path = blobPath(found.subject);
  return await files.size(path) === undefined ? undefined : found;
}

/** A name that is only a tag is in the repository of any image. */
function repositoriesOf(images: readonly NamedRoot[]): ReadonlySet<string> {
  const names = images.flatMap((image) => image.names).map(splitName)
    .filter(({ about }) => about === undefined);
  return new Set(["", ...names.map(({ repository }) => repository)]);
}

interface SplitName {
  /** Empty for a name that is only a tag. */
  readonly repository: string;
  /** What the tag says, where it is one of cosign's. */
  readonly about?: SignatureTag;
}

function splitName(name: string): SplitName {
  const [plain = "", digest] = name.split("@");
  const [, repository, tag = ""] = /^(?:(.*):)?([^:/]+)$/.exec(plain) ?? [];
  if (repository === undefined && (digest !== undefined || tag === "")) {
    return { repository: plain };
  }
  const about = digest === undefined ? parseSignatureTag(tag) : undefined;
  return { repository: repository ?? "", ...about && { about } };
}

/**
 * Finds the signatures that `cosign save` leaves out of the index since its
 * version 3: what names an image as its subject is among the blobs.
 *
 * @see https://github.com/sigstore/cosign/blob/v3.0.2/cmd/cosign/cli/save.go
 */
async function unlistedReferrers(
  files: LayoutFiles,
  { manifests }: ImageIndex,
  images: readonly NamedRoot[],
): Promise<readonly Descriptor[]> {
  const listed = new Set<Digest>(manifests.map(({ digest }) => digest));
  const roots = new Set<Digest>(images.map(({ root }) => root.digest));
  const found: Descriptor[] = [];
  for (const digest of await files.blobs()) {
    const size = await files.size(blobPath(digest)) ?? 0;
    if (size > MAX_UNLISTED_SIZE || listed.has(digest)) continue;
    const descriptor = { mediaType: MediaType.OCI_MANIFEST, digest, size };
    const subject = await subjectOf(files, descriptor);
    if (subject !== undefined && roots.has(subject)) found.push(descriptor);
  }
  return found;
}

async function subjectOf(
  files: LayoutFiles,
  descriptor: Descriptor,
): Promise<Digest | undefined> {
  const path = blobPath(descriptor.digest);
  const bytes = await files.read(path, MAX_MANIFEST_SIZE);
  if (bytes === undefined) return undefined;
  try {
    return successors(descriptor, bytes).subject?.digest;
  } catch (error) {
    // Whoever copies the image says what is wrong with it.
    if (error instanceof DocumentSyntaxError) return undefined;
    throw error;
  }
}
