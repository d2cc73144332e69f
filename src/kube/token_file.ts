import { failureReason, type KubeHost, readHostText } from "./kube_host.ts";
import { KubeconfigError } from "./kubeconfig_error.ts";
import { CachedValue, type Renewable } from "./renewable.ts";

/**
 * kubectl takes a token for one minute less ten seconds: the kubelet renews a
 * projected token two minutes before it expires.
 *
 * @see https://github.com/kubernetes/client-go/blob/v0.34.4/transport/token_source.go
 */
const MAX_AGE = 50_000;

/**
 * Makes a bearer token out of a file that somebody else renews.
 *
 * @returns a value whose first reading throws {@linkcode KubeconfigError} when
 *   the file cannot be read or holds no token
 */
export function tokenFile(path: string, host: KubeHost): Renewable<string> {
  return new CachedValue(() => readToken(path, host), {
    maxAge: MAX_AGE,
    now: () => host.now(),
    isSame: (left, right) => left === right,
  });
}

async function readToken(path: string, host: KubeHost): Promise<string> {
  const token = (await readText(path, host)).trim();
  if (token === "") throw unreadable(path, "the file is empty");
  assertToken(token, `tokenFile "${path}"`);
  return token;
}

async function readText(path: string, host: KubeHost): Promise<string> {
  try {
    return await readHostText(host, path);
  } catch (cause) {
    throw unreadable(path, failureReason(cause), { cause });
  }
}

function unreadable(
  path: string,
  reason: string,
  options: ErrorOptions = {},
): KubeconfigError {
  return new KubeconfigError(`Cannot read token file "${path}": ${reason}`, {
    path,
    field: "tokenFile",
    ...options,
  });
}

/**
 * Checks that a token can be sent in a header, and does not say what it is.
 *
 * @throws {KubeconfigError} when it holds a line break or the like
 */
export function assertToken(token: string, origin: string): void {
  if (/^[\x20-\x7e]+$/.test(token)) return;
  throw new KubeconfigError(
    `Cannot use the token of ${origin}: it has characters that no header may hold, such as a line break`,
    { field: "token" },
  );
}
