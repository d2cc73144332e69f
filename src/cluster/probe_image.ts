import {
  configDescriptor,
  type MadeManifest,
  makeManifest,
} from "../content/draft_manifest.ts";
import { verifyStream } from "../content/verify.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { digestOf } from "../oci/digest.ts";
import type { Registry } from "../registry/registry.ts";
import type { Repository } from "../registry/repository.ts";

/** Where the probe image is for a moment; its name may stay. */
export const PROBE_REPOSITORY = "k8scr/probe";
const TAG = "probe";

/** Bytes of its only layer; what cannot be deleted should be small. */
const LAYER_SIZE = 1024;

/** Options for {@linkcode probeRegistry}. */
export interface ProbeOptions {
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Proves that a registry does its work: pushes a small image that it cannot
 * have, pulls it back, verifies it, and deletes it.
 *
 * @returns whether the image is gone again
 * @throws {RegistryError} when the registry refuses
 * @throws {ContentMismatchError} when other bytes come back
 */
export async function probeRegistry(
  registry: Registry,
  { signal }: ProbeOptions,
): Promise<boolean> {
  const repository = registry.repository(PROBE_REPOSITORY);
  const layer = crypto.getRandomValues(new Uint8Array(LAYER_SIZE));
  const manifest = await push(repository, layer, signal);
  await pull(repository, layer, signal);
  const outcome = await registry.deleteManifest(repository, manifest, {
    signal,
  });
  return outcome !== "unsupported";
}

async function push(
  repository: Repository,
  layer: Uint8Array,
  signal: AbortSignal,
): Promise<MadeManifest> {
  const { digest } = layerDescriptor(layer);
  const config = new TextEncoder().encode(JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [digest] },
  }));
  const manifest = makeManifest(configDescriptor(config), [
    layerDescriptor(layer),
  ]);
  await pushBlob(repository, configDescriptor(config), config, signal);
  await pushBlob(repository, layerDescriptor(layer), layer, signal);
  const { descriptor, bytes } = manifest;
  await repository.pushManifest(descriptor, bytes, signal);
  await repository.tag(descriptor, bytes, TAG, signal);
  return manifest;
}

async function pull(
  repository: Repository,
  layer: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const found = await repository.fetchManifest(TAG, signal);
  if (found === undefined) {
    throw new Error(
      `Cannot pull "${PROBE_REPOSITORY}:${TAG}": the registry took it, but does not have it`,
    );
  }
  const descriptor = layerDescriptor(layer);
  const content = await repository.open(descriptor, { signal });
  await content
    .pipeThrough(verifyStream(descriptor, `the layer of "${PROBE_REPOSITORY}"`))
    .pipeTo(new WritableStream(), { signal });
}

async function pushBlob(
  repository: Repository,
  descriptor: Descriptor,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const open = (offset = 0) =>
    Promise.resolve(new Blob([bytes.slice(offset)]).stream());
  await repository.push({ ...descriptor, open }, { signal });
}

function layerDescriptor(layer: Uint8Array): Descriptor {
  return {
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: digestOf(layer),
    size: layer.length,
  };
}
