import { type Digest, isDigest } from "./digest.ts";
import { visible } from "./visible_text.ts";

/**
 * An image reference as typed, `[DOMAIN/]REPOSITORY[:TAG][@DIGEST]`.
 *
 * @see https://github.com/distribution/reference
 */
export interface Reference {
  /** The registry's host and port, where the text names one. */
  readonly domain?: string;
  /** The repository, without the domain. */
  readonly repository: string;
  /** The tag, where the text names one. */
  readonly tag?: string;
  /** The digest, where the text names one. */
  readonly digest?: Digest;
}

/** Text that is not an image reference. */
export class ReferenceSyntaxError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "ReferenceSyntaxError";
  /** The text as it was given. */
  readonly input: string;

  /** Makes the error of what its fields say. */
  constructor(input: string, reason: string) {
    super(visible(`Cannot parse the reference "${input}": ${reason}`));
    this.input = input;
  }
}

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const REPOSITORY = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DOMAIN_COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
const DOMAIN = new RegExp(
  `^(?:${DOMAIN_COMPONENT}(?:\\.${DOMAIN_COMPONENT})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`,
);

/** Longest repository that distribution's reference grammar allows. */
const MAX_REPOSITORY = 255;

/** Tells whether a text is a repository name, without a domain. */
export function isRepository(text: string): boolean {
  return text.length <= MAX_REPOSITORY && REPOSITORY.test(text);
}

/** Tells whether a text is a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/**
 * Parses an image reference. Nothing is added to it: no `docker.io`, no
 * `library/`, no `latest`.
 *
 * @throws {ReferenceSyntaxError} when the text is not a reference
 *
 * @example Usage
 * ```ts
 * import { parseReference } from "@k8scr/k8scr";
 *
 * const reference = parseReference("ghcr.io/cool/image:1.2");
 * if (reference.domain !== "ghcr.io") throw new Error("unreachable");
 * if (reference.repository !== "cool/image") throw new Error("unreachable");
 * if (reference.tag !== "1.2") throw new Error("unreachable");
 * ```
 */
export function parseReference(input: string): Reference {
  const [beforeDigest = "", digest, more] = input.split("@");
  if (more !== undefined) {
    throw new ReferenceSyntaxError(input, `it has more than one "@"`);
  }
  if (digest !== undefined && !isDigest(digest)) {
    throw new ReferenceSyntaxError(input, `"${digest}" is not a digest`);
  }
  const { name, tag } = splitTag(beforeDigest);
  if (tag !== undefined && !isTag(tag)) {
    throw new ReferenceSyntaxError(input, `"${tag}" is not a tag`);
  }
  const { domain, repository } = splitDomain(name);
  checkRepository(input, repository);
  if (domain !== undefined && !DOMAIN.test(domain)) {
    throw new ReferenceSyntaxError(input, `"${domain}" is not a host`);
  }
  return {
    repository,
    ...domain !== undefined && { domain },
    ...tag !== undefined && { tag },
    ...digest !== undefined && { digest },
  };
}

/** Writes a reference as it is typed. */
export function formatReference(reference: Reference): string {
  const { domain, repository, tag, digest } = reference;
  return (domain === undefined ? "" : `${domain}/`) + repository +
    (tag === undefined ? "" : `:${tag}`) +
    (digest === undefined ? "" : `@${digest}`);
}

function checkRepository(input: string, repository: string): void {
  if (repository === "") {
    throw new ReferenceSyntaxError(input, "the repository is empty");
  }
  if (isRepository(repository)) return;
  if (repository.length > MAX_REPOSITORY) {
    throw new ReferenceSyntaxError(
      input,
      `the repository has ${repository.length} characters, at most ${MAX_REPOSITORY} are allowed`,
    );
  }
  if (isRepository(repository.toLowerCase())) {
    throw new ReferenceSyntaxError(input, "the repository must be lower-case");
  }
  throw new ReferenceSyntaxError(
    input,
    `"${repository}" is not a repository name`,
  );
}

function splitTag(text: string): { name: string; tag?: string } {
  const colon = text.lastIndexOf(":");
  if (colon === -1 || text.indexOf("/", colon) !== -1) return { name: text };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

/** The part before the first slash is a host only when it looks like one. */
function splitDomain(name: string): { domain?: string; repository: string } {
  const slash = name.indexOf("/");
  if (slash === -1) return { repository: name };
  const first = name.slice(0, slash);
  if (first !== "localhost" && !/[.:A-Z]/.test(first)) {
    return { repository: name };
  }
  return { domain: first, repository: name.slice(slash + 1) };
}
