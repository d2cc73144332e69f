/** The end of a path alone tells where the repository's name ends. */
const REPOSITORY_PATH =
  /^\/v2\/(.+)\/(?:blobs|manifests|tags|referrers)\/[^/]+$/;

/** An upload session, or the place where one is opened; GHCR has no "s". */
const UPLOAD_PATH = /^\/v2\/(.+)\/blobs\/uploads?\/[^/]*$/;

/**
 * Lists what a request needs to be allowed, as token servers name it.
 *
 * @returns nothing for a request that is about no repository
 * @see https://distribution.github.io/distribution/spec/auth/scope/
 */
export function loginScopes(
  request: Pick<Request, "method" | "url">,
): readonly string[] {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/v2/_catalog") return ["registry:catalog:*"];
  const upload = UPLOAD_PATH.exec(pathname)?.[1];
  const repository = upload ?? REPOSITORY_PATH.exec(pathname)?.[1];
  if (repository === undefined) return [];
  const lender = searchParams.get("from");
  return [
    `repository:${repository}:${actionsOf(request.method, upload)}`,
    ...lender === null ? [] : [`repository:${lender}:pull`],
  ];
}

function actionsOf(method: string, upload: string | undefined): string {
  if (upload !== undefined) return "pull,push";
  if (method === "GET" || method === "HEAD") return "pull";
  return method === "DELETE" ? "delete,pull" : "pull,push";
}
