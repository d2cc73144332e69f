import project from "../../deno.json" with { type: "json" };
import { formatObjects } from "../cluster/object_yaml.ts";
import { planRegistry } from "../cluster/plan_registry.ts";
import { needsSecret, registryObjects } from "../cluster/registry_objects.ts";
import { SECRET_KEY, secretName } from "../cluster/registry_pod.ts";
import type { RegistryPlan } from "../cluster/registry_plan.ts";
import { loadConnection } from "../kube/load_connection.ts";
import type { CommandCall } from "./command_spec.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { readConnectionFlags } from "./kubectl_flags.ts";
import { readWish } from "./registry_settings.ts";

/** Does what `k8scr registry manifest` was told, and returns the exit code. */
export async function runRegistryManifest(
  call: CommandCall,
  io: Io,
): Promise<number> {
  const wish = readWish(call);
  const flags = readConnectionFlags(call.flags);
  const host = io.kubeHost({ stdinTaken: false });
  // Where the namespace is said, no kubeconfig need be there.
  const namespace = flags.namespace ??
    (await loadConnection(flags, host)).namespace;
  const plan = planRegistry(wish, { namespace, version: project.version });
  const text = secretNote(plan) + formatObjects(registryObjects(plan));
  await io.stdout.write(text);
  return ExitCode.OK;
}

/** A secret does not belong into git. */
function secretNote(plan: RegistryPlan): string {
  if (!needsSecret(plan)) return "";
  return "# Make its secret once, which no file should hold:\n" +
    `#   kubectl create secret generic ${secretName(plan.name)} ` +
    `-n ${plan.namespace} --from-literal=${SECRET_KEY}=$(openssl rand -hex 32)\n`;
}
