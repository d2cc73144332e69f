/**
 * Push container images into a Kubernetes cluster with nothing but a
 * kubeconfig.
 *
 * The parts of the program as a library: sources and targets of images, and
 * the copy between them.
 *
 * @module
 */

export * from "./src/content/blob_content.ts";
export * from "./src/content/content_mismatch_error.ts";
export * from "./src/content/copy_error.ts";
export * from "./src/content/copy_event.ts";
export * from "./src/content/copy_plan.ts";
export * from "./src/content/copy_preview.ts";
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
export * from "./src/content/naming_error.ts";
export type { CopiedPart } from "./src/content/part_mover.ts";
export { verifyBytes, verifyStream } from "./src/content/verify.ts";
export * from "./src/oci/descriptor.ts";
export * from "./src/oci/digest.ts";
export * from "./src/oci/json_document.ts";
export * from "./src/oci/platform.ts";
export * from "./src/oci/reference.ts";
