import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { RegistryError } from "../registry/registry_error.ts";

/**
 * Does work on content of a registry. Content that is not what it should be is
 * the registry's fault then, and the error says so.
 *
 * @param registry what the registry is called
 */
export async function blamingRegistry<T>(
  registry: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const mismatch = findMismatch(error);
    if (mismatch === undefined) throw error;
    throw new RegistryError(
      `Cannot use what the registry "${registry}" sent: ${mismatch.message}\nCheck the storage of the registry, or push the image again`,
      { method: "GET", path: "/v2/", status: 200, cause: error },
    );
  }
}

/** Finds the content that is not what it should be behind an error. */
export function findMismatch(
  error: unknown,
): ContentMismatchError | undefined {
  for (let link = error; link instanceof Error; link = link.cause) {
    if (link instanceof ContentMismatchError) return link;
  }
  return undefined;
}
