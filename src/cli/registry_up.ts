import project from "../../deno.json" with { type: "json" };
import { addressOf, readService } from "../cluster/node_address.ts";
import type { AppliedObject } from "../cluster/object_applier.ts";
import { planInCluster } from "../cluster/plan_registry.ts";
import { probeRegistry } from "../cluster/probe_image.ts";
import { waitUntilReady } from "../cluster/readiness.ts";
import { applyRegistry } from "../cluster/registry_applier.ts";
import type { RegistryPlan } from "../cluster/registry_plan.ts";
import { REGISTRY_PORT } from "../cluster/registry_software.ts";
import { isLasting } from "../cluster/registry_storage.ts";
import { Registry } from "../registry/registry.ts";
import { type ClusterLink, openClusterLink } from "./cluster_link.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { invocationOf } from "./program_name.ts";
import { pushCommandLine } from "./push_command_line.ts";
import type { RegistryUpSettings } from "./registry_settings.ts";
import {
  changesJson,
  changesText,
  upJson,
  upNote,
  upText,
} from "./registry_up_report.ts";
import { retryNotice } from "./retry_notice.ts";

/** What the parts of the command work with. */
interface Scene {
  readonly cluster: ClusterLink;
  readonly display: ProgressDisplay;
  readonly io: Io;
}

/** Does what `k8scr registry up` was told, and returns the exit code. */
export async function runRegistryUp(
  settings: RegistryUpSettings,
  io: Io,
): Promise<number> {
  const display = openProgressDisplay(io, settings.output);
  let result: string;
  try {
    using cluster = await openClusterLink(settings, {
      io,
      display,
      stdinTaken: false,
    });
    result = await bringUp(settings, { cluster, display, io });
  } finally {
    display.close();
  }
  await io.stdout.write(result);
  return ExitCode.OK;
}

async function bringUp(
  settings: RegistryUpSettings,
  scene: Scene,
): Promise<string> {
  const { cluster, display, io } = scene;
  const { api, namespace } = cluster;
  const isJson = settings.output.output === "json";
  const plan = await planInCluster(settings.wish, {
    api,
    namespace,
    version: project.version,
  });
  for (const warning of warningsOn(plan)) display.warn(warning);
  const { dryRun } = settings;
  const onApplied = ({ title, outcome }: AppliedObject): void => {
    if (!dryRun) display.note(`${title} ${outcome}`);
  };
  const applied = await applyRegistry(plan, { api, dryRun, onApplied });
  if (dryRun) return isJson ? changesJson(applied) : changesText(applied);
  await waitUntilReady(plan, {
    api,
    timeout: settings.timeout,
    signal: io.signal,
    now: () => io.clock.now(),
    onWait: (text) => display.note(`Waiting: ${text}`),
  });
  await probePods(plan, scene);
  const address = addressOf(await readService(api, plan));
  if (address === undefined) throw withoutPort(plan);
  const report = { plan, applied, address };
  const { usage } = invocationOf(io.programName);
  const { connection } = settings;
  const command = await pushCommandLine(plan, { api, connection, usage });
  display.note(upNote(report, command));
  return isJson ? upJson(report) : upText(report);
}

/** Something between the API server and its store takes the port away. */
function withoutPort({ name }: RegistryPlan): Error {
  return new Error(
    `Cannot tell how nodes pull from the registry "${name}": the API server gave service/${name} no port of the nodes`,
  );
}

/** What the user should know before anything is made. */
function warningsOn({ storage, access, nodes }: RegistryPlan): string[] {
  const warnings: string[] = [];
  if (!isLasting(storage)) {
    warnings.push(
      `What is in --storage ${storage.kind} is lost with the Pod`,
    );
  }
  if (storage.kind === "hostPath" && nodes.length === 0) {
    warnings.push(
      `The folder ${storage.path} is another one on every node, unless it is shared: keep the Pod on one with --node`,
    );
  }
  if (access.mode === "host") {
    warnings.push(
      "Only the node that the Pod runs on can pull through its port",
    );
  }
  return warnings;
}

/** Every Pod gets an image and gives it back, all the way. */
async function probePods(
  { name, replicas }: RegistryPlan,
  { cluster, display, io }: Scene,
): Promise<void> {
  const { signal } = io;
  const retry = { signal, onRetry: retryNotice(display) };
  for (let number = 0; number < replicas; number++) {
    const pod = `${name}-${number}`;
    const { transport } = cluster.podProxy(`${pod}:${REGISTRY_PORT}`);
    const registry = new Registry(transport, { retry });
    await registry.ping({ signal });
    const isGone = await probeRegistry(registry, { signal });
    const rest = isGone ? "" : "; the registry deletes nothing, it stays";
    display.note(`Pushed an image to ${pod} and pulled it back${rest}`);
  }
}
