/**
 * Push container images into a Kubernetes cluster with nothing but a
 * kubeconfig.
 *
 * The parts of the program as a library: sources and targets of images, and
 * the copy between them.
 *
 * @module
 */

export * from "./src/archive/archive_error.ts";
export type {
  ArchiveOutput,
  StartedEntry,
} from "./src/archive/archive_output.ts";
export * from "./src/archive/archive_target.ts";
export type { ArchiveFormat } from "./src/archive/detect.ts";
export {
  type DockerArchiveOptions,
  openDockerArchive,
} from "./src/archive/docker_archive.ts";
export { NotForDockerError } from "./src/archive/docker_images.ts";
export * from "./src/archive/file_output.ts";
export type { LayerEncoding } from "./src/archive/layer_compression.ts";
export * from "./src/archive/open_archive.ts";
export * from "./src/archive/stream_output.ts";
export type { TarArchive, TarEntry } from "./src/archive/tar_archive.ts";
export type { OmitEntry, PassingEntry } from "./src/archive/tar_omission.ts";
export * from "./src/content/blob_content.ts";
export * from "./src/content/content_mismatch_error.ts";
export * from "./src/content/copy_error.ts";
export * from "./src/content/copy_event.ts";
export * from "./src/content/copy_plan.ts";
export * from "./src/content/copy_preview.ts";
export * from "./src/content/image_companions.ts";
export * from "./src/content/image_copier.ts";
export * from "./src/content/image_names.ts";
export * from "./src/content/image_source.ts";
export * from "./src/content/image_target.ts";
export * from "./src/content/incomplete_image_error.ts";
export {
  childrenFirst,
  isComplete,
  type ManifestNode,
  readManifestTree,
} from "./src/content/manifest_tree.ts";
export type { LayerReuse } from "./src/content/layer_reuse.ts";
export * from "./src/content/naming_error.ts";
export type { CopiedPart } from "./src/content/part_mover.ts";
export type { ReceivedStart } from "./src/content/receive_blob.ts";
export * from "./src/content/staged_target.ts";
export { verifyBytes, verifyStream } from "./src/content/verify.ts";
export type {
  ExpectedEngineImage,
  LoadOptions,
} from "./src/engine/container_engine.ts";
export * from "./src/engine/engine.ts";
export * from "./src/engine/engine_error.ts";
export type { EngineHost } from "./src/engine/engine_host.ts";
export type { EngineImage, EngineName } from "./src/engine/engine_image.ts";
export * from "./src/engine/engine_source.ts";
export type { LoadAnswer } from "./src/engine/load_answer.ts";
export * from "./src/http/backoff.ts";
export * from "./src/http/connection_error.ts";
export * from "./src/http/retry.ts";
export * from "./src/http/trace.ts";
export * from "./src/http/transport.ts";
export * from "./src/kube/cluster_transport.ts";
export * from "./src/kube/connection.ts";
export * from "./src/kube/connection_flags.ts";
export type {
  HostRunOptions,
  HostRunResult,
  KubeHost,
} from "./src/kube/kube_host.ts";
export { loadConnection } from "./src/kube/load_connection.ts";
export * from "./src/kube/pod_proxy.ts";
export * from "./src/kube/status_error.ts";
export * from "./src/layout/layout_error.ts";
export { openLayout } from "./src/layout/layout_source.ts";
export * from "./src/layout/layout_target.ts";
export * from "./src/oci/descriptor.ts";
export * from "./src/oci/digest.ts";
export * from "./src/oci/json_document.ts";
export type { Compression } from "./src/oci/media_type.ts";
export * from "./src/oci/platform.ts";
export * from "./src/oci/reference.ts";
export * from "./src/oci/signature_tag.ts";
export type { OpenBlobOptions } from "./src/registry/blob_fetch.ts";
export type { DeleteOptions, DeleteOutcome } from "./src/registry/deletion.ts";
export type { Manifest } from "./src/registry/manifests.ts";
export * from "./src/registry/registry.ts";
export * from "./src/registry/registry_error.ts";
export * from "./src/registry/registry_source.ts";
export * from "./src/registry/repository.ts";
export type { ListOptions } from "./src/registry/tags.ts";
export type {
  JournaledBlob,
  JournalEntry,
  UploadJournal,
} from "./src/registry/upload_journal.ts";
export type {
  ResumeOutcome,
  UploadCheckpoint,
} from "./src/registry/upload_state.ts";

if (import.meta.main) await import("./src/cli/program.ts");
