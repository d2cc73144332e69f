import { KubernetesError, type KubernetesStatus } from "./status_error.ts";

/** Codes that a later try may not meet again. */
const TRANSIENT_CODES: ReadonlySet<number> = new Set([
  408,
  429,
  500,
  502,
  503,
  504,
]);

/** What the API server writes when it has no way to the Pod. */
const NO_WAY = "error trying to reach service: ";

/** What it writes when the Pod has no address that it may connect to. */
const NO_ADDRESS = "address not allowed";

interface Explanation {
  /** What is so. */
  readonly reason: string;
  /** What the user can do. */
  readonly advice: string;
  /** Whether waiting cannot help. */
  readonly permanent?: boolean;
}

/** Faults between the API server and the Pod, by what the API server says. */
const WAY_FAULTS: readonly (readonly [RegExp, Explanation])[] = [
  [/connection refused/, {
    reason: "nothing listens on that port of the Pod",
    advice:
      "Check the port (--registry NAME:PORT) and that the registry has started: kubectl logs POD",
  }],
  [/server gave HTTP response to HTTPS client|does not look like a TLS/, {
    reason: "the registry speaks plain HTTP, not TLS",
    advice: 'Write --registry NAME:PORT, without "https:"',
    permanent: true,
  }],
  [/i\/o timeout|deadline exceeded|no route to host|unreachable/, {
    reason: "the Pod does not answer the API server",
    advice:
      "Check that NetworkPolicies let the API server reach the Pod, and the Pod's node",
  }],
  [/No agent available|proxy error from/, {
    reason:
      "the tunnel from the API server to the nodes is down (Konnectivity)",
    advice: "Check the konnectivity-agent Pods in kube-system",
  }],
  [/no such host|lookup /, {
    reason: "the API server cannot find the Pod's address",
    advice: "Check the Pod: kubectl get pod -o wide",
  }],
];

/**
 * Explains what the API server says of a request.
 *
 * @param action what was tried: `reach the registry "k8scr:5000"`
 */
export function explainStatus(
  status: KubernetesStatus,
  action: string,
): KubernetesError {
  const { code, reason, message, retryAfter } = status;
  const broken = message.includes(NO_WAY);
  const { reason: what, advice, permanent } = broken
    ? explainWay(message)
    : explainRefusal(status);
  // A Pod without an address is no fault of the request.
  const way = broken || message.includes(NO_ADDRESS);
  return new KubernetesError(
    `Cannot ${action}: ${what}${advice === "" ? "" : `\n${advice}`}`,
    {
      status: code,
      reason,
      statusMessage: message,
      hop: way ? "pod" : "server",
      transient: permanent !== true && TRANSIENT_CODES.has(code),
      ...retryAfter !== undefined && { retryAfter },
    },
  );
}

function explainWay(message: string): Explanation {
  const detail = message.slice(message.indexOf(NO_WAY) + NO_WAY.length);
  const known = WAY_FAULTS.find(([pattern]) => pattern.test(detail))?.[1];
  if (known === undefined) {
    return {
      reason: `the connection from the API server to the Pod broke (${detail})`,
      advice: "Check the registry: kubectl logs POD",
    };
  }
  return { ...known, reason: `${known.reason} (${detail})` };
}

function explainRefusal(
  { code, reason, message }: KubernetesStatus,
): Explanation {
  const says = `the API server says "${message || `status ${code}`}"`;
  if (/caused apiserver to panic/.test(message)) {
    return {
      reason: says,
      advice: "Check the port: it must be a number",
      permanent: true,
    };
  }
  switch (code) {
    case 401:
      return {
        reason: `the API server does not know you (401 ${message})`,
        advice: "Check the user of the kubeconfig: kubectl auth whoami",
      };
    case 403:
      return { reason: says, advice: "" };
    case 404:
      return {
        reason: says,
        advice:
          "Check the name (--registry), the namespace (-n) and the context: kubectl get pods",
      };
    case 400:
      return {
        reason: says,
        advice: message.includes(NO_ADDRESS)
          ? "The Pod has no address yet: kubectl get pod -o wide"
          : "",
      };
    default:
      return {
        reason: reason === "" ? says : `${says} (${reason})`,
        advice: "",
      };
  }
}
