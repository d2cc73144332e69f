import { type RegistryPlan, selectorLabels } from "./registry_plan.ts";
import {
  REGISTRY_PORT,
  type RegistrySoftware,
  softwareOf,
} from "./registry_software.ts";

/** A user without a name, a home or rights. */
export const NOBODY = 65532;

/** Seconds that a start may take: a large store is counted first. */
const START_TIME = 300;

/** Key of the secret that all replicas have in common, in its Secret. */
export const SECRET_KEY = "secret";

/** Name of the Secret that all replicas have in common. */
export function secretName(registry: string): string {
  return `${registry}-http`;
}

/**
 * Describes the Pods of a registry. They keep to the `restricted` profile of
 * the Pod Security Standards where storage and access allow it.
 *
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function podTemplate(plan: RegistryPlan): object {
  const { name, nodes, replicas } = plan;
  const labels = selectorLabels(name);
  const { config } = softwareOf(plan.software);
  return {
    metadata: { labels },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: podSecurity(plan),
      ...nodes.length > 0 && { affinity: onlyOn(nodes) },
      ...replicas > 1 && { topologySpreadConstraints: [spread(labels)] },
      containers: [container(plan)],
      volumes: [
        { name: "data", ...volumeSource(plan) },
        { name: "tmp", emptyDir: {} },
        ...config ? [{ name: "config", configMap: { name } }] : [],
      ],
    },
  };
}

function container(plan: RegistryPlan): object {
  const software = softwareOf(plan.software);
  const { config, dataFolder } = software;
  const args = argumentsOf(plan, software);
  return {
    name: "registry",
    image: plan.image,
    imagePullPolicy: plan.pullPolicy,
    ...args.length > 0 && { args },
    env: environment(plan, software),
    ports: [containerPort(plan)],
    ...probes(software),
    resources: resources(plan),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
      readOnlyRootFilesystem: true,
    },
    // The last lines of its log tell why it ended.
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "data", mountPath: dataFolder },
      { name: "tmp", mountPath: "/tmp" },
      ...config
        ? [{ name: "config", mountPath: config.folder, readOnly: true }]
        : [],
    ],
  };
}

/** A Pod whose `emptyDir` is too large would be evicted, with all content. */
function argumentsOf(
  { storage }: RegistryPlan,
  { args, sizeArgument }: RegistrySoftware,
): readonly string[] {
  if (storage.kind !== "emptyDir" && storage.kind !== "memory") return args;
  if (storage.size === undefined || sizeArgument === undefined) return args;
  return [...args, `${sizeArgument}=${storage.size}`];
}

/** A folder of the node belongs to root, and no `fsGroup` changes that. */
function podSecurity({ storage }: RegistryPlan): object {
  const seccompProfile = { type: "RuntimeDefault" };
  if (storage.kind === "hostPath") {
    return { runAsUser: 0, runAsGroup: 0, seccompProfile };
  }
  return {
    runAsNonRoot: true,
    runAsUser: NOBODY,
    runAsGroup: NOBODY,
    fsGroup: NOBODY,
    // A large store is not searched for files of another group at each start.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile,
  };
}

function environment(
  { name }: RegistryPlan,
  { env, secretVariable }: RegistrySoftware,
): object[] {
  const fixed = Object.entries(env).map(([name, value]) => ({ name, value }));
  if (secretVariable === undefined) return fixed;
  const secretKeyRef = { name: secretName(name), key: SECRET_KEY };
  return [...fixed, { name: secretVariable, valueFrom: { secretKeyRef } }];
}

function containerPort({ access }: RegistryPlan): object {
  return {
    name: "registry",
    containerPort: REGISTRY_PORT,
    ...access.mode === "host" && { hostPort: access.port },
    protocol: "TCP",
  };
}

function probes({ livePath, readyPath }: RegistrySoftware): object {
  const get = (path: string) => ({ path, port: "registry" });
  return {
    startupProbe: {
      httpGet: get(livePath),
      periodSeconds: 1,
      failureThreshold: START_TIME,
    },
    livenessProbe: {
      httpGet: get(livePath),
      periodSeconds: 10,
      timeoutSeconds: 10,
      failureThreshold: 6,
    },
    readinessProbe: {
      httpGet: get(readyPath),
      periodSeconds: 5,
      timeoutSeconds: 5,
    },
  };
}

/** What is in a memory volume counts as memory of the container. */
function resources({ storage }: RegistryPlan): object {
  return {
    requests: { cpu: "100m", memory: "128Mi" },
    ...storage.kind !== "memory" && { limits: { memory: "512Mi" } },
  };
}

function volumeSource({ name, storage }: RegistryPlan): object {
  switch (storage.kind) {
    case "pvc":
      return { persistentVolumeClaim: { claimName: name } };
    case "hostPath":
      return { hostPath: { path: storage.path, type: "DirectoryOrCreate" } };
    case "memory":
    case "emptyDir":
      return {
        emptyDir: {
          ...storage.kind === "memory" && { medium: "Memory" },
          ...storage.size !== undefined && { sizeLimit: storage.size },
        },
      };
  }
}

/** By the nodes' names; a label of theirs may say something else. */
function onlyOn(nodes: readonly string[]): object {
  const terms = nodes.map((node) => ({
    matchFields: [{ key: "metadata.name", operator: "In", values: [node] }],
  }));
  const required = { nodeSelectorTerms: terms };
  return {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required },
  };
}

function spread(matchLabels: Readonly<Record<string, string>>): object {
  return {
    maxSkew: 1,
    topologyKey: "kubernetes.io/hostname",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels },
  };
}
