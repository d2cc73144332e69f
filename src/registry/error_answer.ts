import { readTextUpTo } from "../http/body.ts";
import { isTransientStatus } from "../http/retry.ts";
import { parseRetryAfter } from "../http/retry_after.ts";
import {
  parseRegistryErrors,
  printable,
  RegistryError,
  type RegistryErrorEntry,
} from "./registry_error.ts";

/** Bytes of an error body that are read. */
const MAX_ERROR_BYTES = 64 * 1024;

/** How a full disk shows in the errors of distribution, zot and ours. */
const OUT_OF_SPACE =
  /no space left|out of space|ENOSPC|quota exceeded|"Err":28\b/i;

const NEXT_STEPS: ReadonlyMap<string, string> = new Map([
  ["MANIFEST_BLOB_UNKNOWN", "Push again: a blob that was there is gone"],
]);

/** The exchange that an error answer belongs to. */
export interface FailedExchange {
  /** The request's method. */
  readonly method: string;
  /** The request's path, without its query. */
  readonly path: string;
  /** What was tried, as it stands after "Cannot". */
  readonly action: string;
}

/** Reads an answer that was not expected, and makes the error of it. */
export async function readErrorAnswer(
  response: Response,
  exchange: FailedExchange,
): Promise<RegistryError> {
  const body = await readTextUpTo(response, MAX_ERROR_BYTES);
  const errors = parseRegistryErrors(body);
  const retryAfter = parseRetryAfter(response.headers);
  const full = response.status === 507 ||
    response.status >= 500 && OUT_OF_SPACE.test(body);
  const message = describe(response, errors, { body, full });
  return new RegistryError(`Cannot ${exchange.action}: ${message}`, {
    method: exchange.method,
    path: exchange.path,
    status: response.status,
    errors,
    transient: isTransientStatus(response.status) && !full,
    ...retryAfter !== undefined && { retryAfter },
  });
}

function describe(
  response: Response,
  errors: readonly RegistryErrorEntry[],
  answer: { body: string; full: boolean },
): string {
  if (answer.full) {
    return `the registry has no space left (status ${response.status})\n` +
      "Free or add storage for the registry and push again";
  }
  const said = errors.length > 0
    ? errors.map(describeEntry).join("; ")
    : describeOther(response, answer.body);
  const step = nextStep(response, { errors, body: answer.body });
  return `the registry answers ${response.status}${said && `, ${said}`}` +
    (step === undefined ? "" : `\n${step}`);
}

function describeEntry(entry: RegistryErrorEntry): string {
  const detail = entry.detail === "" || entry.detail === "{}"
    ? ""
    : ` (${entry.detail})`;
  return `${entry.code}${entry.message && `: ${entry.message}`}${detail}`;
}

/** Tells of a body that is not a registry's, often from a proxy on the way. */
function describeOther(response: Response, body: string): string {
  if (/^\s*<(?:!doctype|html|\?xml)/i.test(body)) {
    const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1];
    const name = title === undefined ? "" : ` "${printable(title)}"`;
    return `an HTML page${name}, as something in front of it sends`;
  }
  return printable(body) || printable(response.statusText);
}

function nextStep(
  response: Response,
  answer: { errors: readonly RegistryErrorEntry[]; body: string },
): string | undefined {
  if (response.headers.has("www-authenticate")) return LOGIN_CANNOT_PASS;
  if (response.status >= 300 && response.status < 400) return REDIRECT_IS_OFF;
  if (response.status === 405) return READ_ONLY;
  if (answer.body.includes("HTTP request to an HTTPS server")) {
    return "The registry speaks TLS: name it as https:NAME:PORT";
  }
  for (const { code } of answer.errors) {
    const step = NEXT_STEPS.get(code);
    if (step !== undefined) return step;
  }
  return undefined;
}

/** Distribution answers so to every write while it is read-only. */
const READ_ONLY = "The registry may be read-only: check its settings";

/** Redirects lead out of the way that the credentials are meant for. */
const REDIRECT_IS_OFF =
  "It sends its storage from another place: turn that off (distribution: storage.redirect.disable: true)";

/** Why a registry with a login cannot be used, and what to do. */
const LOGIN_CANNOT_PASS =
  "The registry wants a login, which cannot pass the Pod proxy: the API server takes the credentials for its own\n" +
  "Use a registry without a login, to which RBAC on pods/proxy controls the access";
