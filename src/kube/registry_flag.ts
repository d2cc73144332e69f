/** Kinds of objects that stand for Pods, with the path of their API. */
export const WORKLOAD_PATHS = {
  deployment: "/apis/apps/v1",
  statefulset: "/apis/apps/v1",
  daemonset: "/apis/apps/v1",
  replicaset: "/apis/apps/v1",
  service: "/api/v1",
} as const;

/** A kind of object that stands for Pods. */
export type WorkloadKind = keyof typeof WORKLOAD_PATHS;

/** A Pod, named as the Pod proxy takes it. */
export interface PodLocator {
  /** Tells it from a workload. */
  readonly kind: "pod";
  /** The Pod's name. */
  readonly name: string;
  /** The Pod proxy's own way to write it: `[SCHEME:]NAME[:PORT]`. */
  readonly segment: string;
}

/** An object that stands for Pods, of which one is chosen. */
export interface WorkloadLocator {
  /** The kind of the object. */
  readonly kind: WorkloadKind;
  /** The object's name. */
  readonly name: string;
  /** The scheme, where one was given. */
  readonly scheme?: "http" | "https";
  /** The port, a number or a name, where one was given. */
  readonly port?: string;
}

/** Where the registry runs, as `-r/--registry` says it. */
export type RegistryLocator = PodLocator | WorkloadLocator;

/** Text that does not name a registry. */
export class RegistryFlagSyntaxError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "RegistryFlagSyntaxError";
  /** The text as it was given. */
  readonly input: string;

  /** Makes the error for a text. */
  constructor(input: string, reason: string) {
    super(
      `Cannot use the registry "${input}": ${reason}\n` +
        "Write NAME, NAME:PORT, https:NAME:PORT, deployment/NAME, statefulset/NAME or service/NAME",
    );
    this.input = input;
  }
}

/** What kubectl calls the kinds, short and long. */
const KINDS: Readonly<Record<string, WorkloadKind | "pod">> = {
  pod: "pod",
  pods: "pod",
  po: "pod",
  deployment: "deployment",
  deployments: "deployment",
  deploy: "deployment",
  statefulset: "statefulset",
  statefulsets: "statefulset",
  sts: "statefulset",
  daemonset: "daemonset",
  daemonsets: "daemonset",
  ds: "daemonset",
  replicaset: "replicaset",
  replicasets: "replicaset",
  rs: "replicaset",
  service: "service",
  services: "service",
  svc: "service",
};

/** A DNS subdomain, as object names are. */
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** A port's name (RFC 6335). */
const PORT_NAME = /^(?=.*[a-z])[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?$/;

/**
 * Parses the flag that says where the registry runs.
 *
 * @throws {RegistryFlagSyntaxError} when it is malformed, or the port cannot be
 */
export function parseRegistryFlag(input: string): RegistryLocator {
  const { scheme, rest } = splitScheme(input);
  const slash = rest.indexOf("/");
  const kind = slash === -1 ? "pod" : KINDS[rest.slice(0, slash).toLowerCase()];
  if (kind === undefined) {
    const word = rest.slice(0, slash);
    throw new RegistryFlagSyntaxError(input, `there is no kind "${word}"`);
  }
  const [name = "", port, more] = rest.slice(slash + 1).split(":");
  if (!NAME.test(name) || more !== undefined) {
    throw new RegistryFlagSyntaxError(input, "it has no valid name");
  }
  if (kind === "pod") return podLocator(input, { scheme, name, port });
  if (port !== undefined && !isPortNumber(port) && !PORT_NAME.test(port)) {
    throw new RegistryFlagSyntaxError(
      input,
      `the port is "${port}", must be a number from 1 to 65535 or a name`,
    );
  }
  return {
    kind,
    name,
    ...scheme !== undefined && { scheme },
    ...port !== undefined && { port },
  };
}

/**
 * Writes a Pod as the Pod proxy takes it. A scheme needs the second colon, also
 * where there is no port.
 */
export function podSegment(
  name: string,
  { scheme, port }: { readonly scheme?: string; readonly port?: string },
): string {
  if (scheme !== undefined) return `${scheme}:${name}:${port ?? ""}`;
  return port === undefined ? name : `${name}:${port}`;
}

function podLocator(
  input: string,
  parts: {
    readonly scheme: "http" | "https" | undefined;
    readonly name: string;
    readonly port: string | undefined;
  },
): PodLocator {
  const { scheme, name, port } = parts;
  const isOpen = port === "" && scheme !== undefined;
  if (port !== undefined && !isOpen && !isPortNumber(port)) {
    // The API server cannot look up a name, and panics on it.
    throw new RegistryFlagSyntaxError(
      input,
      `the port is "${port}", must be a number from 1 to 65535`,
    );
  }
  const segment = podSegment(name, {
    ...scheme !== undefined && { scheme },
    ...port !== undefined && port !== "" && { port },
  });
  return { kind: "pod", name, segment };
}

function splitScheme(
  input: string,
): { readonly scheme: "http" | "https" | undefined; readonly rest: string } {
  const match = /^(https?):(.+)$/s.exec(input);
  // A Pod may be called "http": "http:5000" is its port, "http:x:5000" is not.
  const [, scheme, rest = ""] = match ?? [];
  if (scheme === undefined || /^\d+$/.test(rest)) {
    return { scheme: undefined, rest: input };
  }
  return { scheme: scheme === "https" ? "https" : "http", rest };
}

function isPortNumber(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65535;
}
