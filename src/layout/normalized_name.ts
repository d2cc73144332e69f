import {
  formatReference,
  parseReference,
  type Reference,
  ReferenceSyntaxError,
} from "../oci/reference.ts";

/**
 * Returns a name as Docker and containerd spell it: `docker.io/library/app:1`
 * for `app:1`.
 *
 * @returns `undefined` for what is no full reference, or has no tag
 * @see https://github.com/distribution/reference/blob/v0.6.0/normalize.go
 */
export function normalizedName(name: string): string | undefined {
  const reference = /[/:@]/.test(name) ? tryParse(name) : undefined;
  if (reference?.tag === undefined) return undefined;
  const { repository, tag, domain = "docker.io" } = reference;
  const path = reference.domain === undefined && !repository.includes("/")
    ? `library/${repository}`
    : repository;
  return formatReference({ domain, repository: path, tag });
}

function tryParse(name: string): Reference | undefined {
  try {
    return parseReference(name);
  } catch (error) {
    if (error instanceof ReferenceSyntaxError) return undefined;
    throw error;
  }
}
