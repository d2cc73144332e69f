/** Programs that can be the registry. */
export const SOFTWARE_NAMES = ["k8scr", "distribution", "zot"] as const;

/** A program that can be the registry. */
export type SoftwareName = typeof SOFTWARE_NAMES[number];

/** The port that every registry listens on in its Pod. */
export const REGISTRY_PORT = 5000;

/** How a program is told to be the registry. */
export interface RegistrySoftware {
  /** Folder of the container that holds its content. */
  readonly dataFolder: string;
  /** Arguments for the image's entrypoint; the image's own when it is empty. */
  readonly args: readonly string[];
  /** The argument, without its value, for the most bytes that it may keep. */
  readonly sizeArgument?: string;
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The variable for the secret that all replicas have in common. */
  readonly secretVariable?: string;
  /** A configuration file. */
  readonly config?: { readonly folder: string; readonly file: string };
  /** The content of {@linkcode RegistrySoftware.config}. */
  readonly configText?: string;
  /** Path that answers 200 as long as it need not be started again. */
  readonly livePath: string;
  /** Path that answers 200 as long as it can do its work. */
  readonly readyPath: string;
  /** Whether several can work on one folder at the same time. */
  readonly canShareStorage: boolean;
}

const K8SCR: RegistrySoftware = {
  dataFolder: "/data",
  args: [
    "serve",
    `--listen=:${REGISTRY_PORT}`,
    "--data=/data",
    "--log-format=json",
    "--gc-interval=1h",
  ],
  sizeArgument: "--max-size",
  env: {},
  livePath: "/healthz",
  readyPath: "/readyz",
  canShareStorage: false,
};

/** @see https://distribution.github.io/distribution/about/configuration/ */
const DISTRIBUTION: RegistrySoftware = {
  dataFolder: "/var/lib/registry",
  args: [],
  env: {
    OTEL_TRACES_EXPORTER: "none",
    REGISTRY_HTTP_ADDR: `:${REGISTRY_PORT}`,
    REGISTRY_HTTP_RELATIVEURLS: "true",
    REGISTRY_STORAGE_DELETE_ENABLED: "true",
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: "/var/lib/registry",
  },
  secretVariable: "REGISTRY_HTTP_SECRET",
  livePath: "/v2/",
  readyPath: "/v2/",
  canShareStorage: true,
};

/** @see https://zotregistry.dev/latest/admin-guide/admin-configuration/ */
const ZOT: RegistrySoftware = {
  dataFolder: "/var/lib/registry",
  args: ["serve", "/etc/zot/config.json"],
  env: {},
  config: { folder: "/etc/zot", file: "config.json" },
  configText: JSON.stringify({
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: "/var/lib/registry" },
    http: {
      address: "0.0.0.0",
      port: String(REGISTRY_PORT),
      // Without it images in Docker's own format are refused.
      compat: ["docker2s2"],
    },
    log: { level: "info" },
  }),
  livePath: "/v2/",
  readyPath: "/v2/",
  canShareStorage: false,
};

const SOFTWARE: Readonly<Record<SoftwareName, RegistrySoftware>> = {
  k8scr: K8SCR,
  distribution: DISTRIBUTION,
  zot: ZOT,
};

/** Returns how a program is told to be the registry. */
export function softwareOf(name: SoftwareName): RegistrySoftware {
  return SOFTWARE[name];
}

/**
 * Tells from an image's name which program is in it: `k8scr` and `zot…` are
 * what they say, all else is distribution under some name.
 */
export function guessSoftware(image: string): SoftwareName {
  const path = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  const last = path.split("/").at(-1) ?? "";
  if (last === "k8scr") return "k8scr";
  return /^zot(?:-|$)/.test(last) ? "zot" : "distribution";
}
