import { join } from "node:path";
import { digestEncoded, digestOf } from "../../../src/oci/digest.ts";
import {
  apply,
  findProgram,
  importImage,
  kubectl,
  makeImage,
  type Manifest,
  nodeHasImage,
  waitForPod,
} from "./cluster.ts";
import { succeed } from "./command.ts";

/** Registries that the tests push to. */
export type RegistryKind = "distribution-3" | "distribution-2" | "crane";

/** Every registry that a push must work with. */
export const REGISTRY_KINDS: readonly RegistryKind[] = [
  "distribution-3",
  "distribution-2",
  "crane",
];

/** The port that registries listen on in their Pods. */
export const REGISTRY_PORT = 5000;

/** A registry that runs in a Pod. */
export interface Registry {
  /** Name of the Pod. */
  readonly pod: string;
  /** Its namespace. */
  readonly namespace: string;
  /** What `--registry` takes. */
  readonly target: string;
  /** `IP:PORT` at which this host reaches it without the API server. */
  readonly address: string;
}

/** Options for {@linkcode registryPod}. */
export interface RegistryPodOptions {
  /** Port of the node that leads to the registry. */
  readonly hostPort?: number;
  /** Environment of the registry. */
  readonly env?: Readonly<Record<string, string>>;
  /** Volumes beside the data, by the path they are mounted at. */
  readonly volumes?: Readonly<Record<string, Manifest>>;
  /** The `emptyDir` that holds the data. */
  readonly data?: Manifest;
  /** Scheme of the readiness probe; default `HTTP`. */
  readonly scheme?: "HTTP" | "HTTPS";
  /** Statement of when the Pod is ready; default: `/v2/` answers. */
  readonly readinessProbe?: Manifest;
}

const DATA_FOLDER = "/var/lib/registry";

/** Works for distribution 2.8 and 3. */
const DISTRIBUTION_CONFIG = `version: 0.1
storage:
  filesystem:
    rootdirectory: ${DATA_FOLDER}
http:
  addr: :${REGISTRY_PORT}
`;

/** The program of each registry and its arguments. */
const COMMANDS: Readonly<Record<RegistryKind, readonly [string, string[]]>> = {
  "distribution-3": ["registry", ["serve", "/config.yml"]],
  "distribution-2": ["docker-registry", ["serve", "/config.yml"]],
  "crane": ["crane", ["registry", "serve", "--address", `:${REGISTRY_PORT}`]],
};

/** Starts a registry in a Pod and waits until it is ready. */
export async function startRegistry(
  namespace: string,
  kind: RegistryKind = "distribution-3",
  options: RegistryPodOptions = {},
): Promise<Registry> {
  const template = await registryPod(kind, options);
  await apply({
    ...template,
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: kind, namespace, labels: { app: kind } },
  });
  await waitForPod(namespace, kind);
  return findRegistry(namespace, kind);
}

/** Describes a registry whose Pod runs. */
export async function findRegistry(
  namespace: string,
  pod: string,
): Promise<Registry> {
  const ip = await kubectl([
    ...["get", "pod", pod, "-n", namespace],
    ...["-o", "jsonpath={.status.podIP}"],
  ]);
  return {
    pod,
    namespace,
    target: `${pod}:${REGISTRY_PORT}`,
    address: `${ip}:${REGISTRY_PORT}`,
  };
}

/** Returns the `spec` of a registry's Pod; the nodes have its image after it. */
export async function registryPod(
  kind: RegistryKind,
  options: RegistryPodOptions = {},
): Promise<Manifest> {
  const [program, args] = COMMANDS[kind];
  const { volumes, volumeMounts } = mountAll({
    [DATA_FOLDER]: { emptyDir: options.data ?? {} },
    ...options.volumes,
  });
  const env = { OTEL_TRACES_EXPORTER: "none", ...options.env };
  const ports = [{
    containerPort: REGISTRY_PORT,
    ...options.hostPort !== undefined && { hostPort: options.hostPort },
  }];
  return {
    spec: {
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
      containers: [{
        name: "registry",
        image: await registryImage(kind),
        imagePullPolicy: "Never",
        command: [`/bin/${program}`, ...args],
        ports,
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
        readinessProbe: options.readinessProbe ?? answers(options.scheme),
        volumeMounts,
      }],
      volumes,
    },
  };
}

function answers(scheme: "HTTP" | "HTTPS" = "HTTP"): Manifest {
  const httpGet = { path: "/v2/", port: REGISTRY_PORT, scheme };
  return { httpGet, periodSeconds: 1 };
}

function mountAll(sources: Readonly<Record<string, Manifest>>) {
  const volumes = Object.values(sources).map((source, position) => ({
    ...source,
    name: `volume-${position}`,
  }));
  const volumeMounts = Object.keys(sources).map((mountPath, position) => ({
    mountPath,
    name: `volume-${position}`,
  }));
  return { volumes, volumeMounts };
}

/** Puts a registry's image on the nodes and returns its name. */
async function registryImage(kind: RegistryKind): Promise<string> {
  const [name] = COMMANDS[kind];
  const program = await findProgram(name);
  const identity = digestEncoded(digestOf(await Deno.readFile(program)));
  const image = `k8scr.test/${kind}:${identity.slice(0, 12)}`;
  if (await nodeHasImage(image)) return image;
  const folder = await Deno.makeTempDir({ prefix: "k8scr-registry-image-" });
  try {
    const archive = join(folder, "registry.tar");
    const config = join(folder, "config.yml");
    await Deno.writeTextFile(config, DISTRIBUTION_CONFIG);
    const libraries = await sharedLibraries(program);
    const files = [
      `${program}=bin/${name}`,
      `${config}=config.yml`,
      ...libraries.map((path) => `${path}=${path.slice(1)}`),
    ];
    const args = files.flatMap((file) => ["--file", file]);
    await makeImage("--name", image, "--out", archive, ...args);
    await importImage(archive);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return image;
}

/** Lists the libraries that a program is linked with, its loader included. */
async function sharedLibraries(program: string): Promise<string[]> {
  const listing = await succeed(["sh", "-c", 'ldd "$0" || true', program]);
  const paths = listing.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm);
  return [...paths].map((match) => match[1] ?? "");
}
