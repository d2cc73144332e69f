/** What a registry says about the bytes that an upload session has. */
export type UploadRange =
  /** So many bytes. */
  | { readonly kind: "offset"; readonly offset: number }
  /** None or one: `0-0` is sent for both. */
  | { readonly kind: "ambiguous" }
  /** It says nothing. */
  | { readonly kind: "absent" };

/**
 * Reads the `Range` header of an answer about an upload session: `0-<last>`,
 * inclusive. An empty session is `0-0` in most registries and `0--1` in
 * go-containerregistry's.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export function parseUploadRange(headers: Headers): UploadRange {
  const match = /^(?:bytes=)?0-(-?[0-9]{1,15})$/.exec(
    headers.get("range")?.trim() ?? "",
  );
  if (match === null) return { kind: "absent" };
  const last = Number(match[1]);
  if (last === 0) return { kind: "ambiguous" };
  return { kind: "offset", offset: Math.max(0, last + 1) };
}
