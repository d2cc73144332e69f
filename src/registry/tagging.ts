import {
  confirmManifest,
  type Manifest,
  type ManifestRequestOptions,
  putManifest,
} from "./manifests.ts";
import { RegistryError } from "./registry_error.ts";
import type { RepositoryScope } from "./upload_session.ts";

/** Three times the wrong manifest under a tag is no accident. */
const TRIES = 3;

/**
 * Gives a tag to a manifest and has the registry confirm that it leads there.
 * Where it leads elsewhere it is given again: a bit that fell over on the way
 * makes another manifest, which the registry cannot know, and the tag must not
 * stay there.
 *
 * @throws {RegistryError} when the registry does not take it
 */
export async function tagManifest(
  scope: RepositoryScope,
  manifest: Manifest,
  options: ManifestRequestOptions & { readonly tag: string },
): Promise<void> {
  for (let tries = 1;; tries++) {
    await putManifest(scope, manifest, options);
    try {
      return await confirmManifest(scope, manifest.descriptor, options);
    } catch (error) {
      const wrong = error instanceof RegistryError && !error.transient;
      if (!wrong || tries === TRIES) throw error;
    }
  }
}
