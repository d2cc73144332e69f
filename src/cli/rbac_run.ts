import { accessObjects, proxiedNames } from "../cluster/access_objects.ts";
import { type AppliedObject, applyObject } from "../cluster/object_applier.ts";
import { formatObjects } from "../cluster/object_yaml.ts";
import { loadConnection } from "../kube/load_connection.ts";
import { openClusterLink } from "./cluster_link.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import type { RbacSettings } from "./rbac_settings.ts";

/** Does what `k8scr rbac` was told, and returns the exit code. */
export async function runRbac(settings: RbacSettings, io: Io): Promise<number> {
  const display = openProgressDisplay(io, settings.output);
  let result: string;
  try {
    warnOfAll(settings, display);
    result = settings.apply
      ? await applyAccess(settings, display, io)
      : await printAccess(settings, io);
  } finally {
    display.close();
  }
  await io.stdout.write(result);
  return ExitCode.OK;
}

async function printAccess(
  { connection, wish, output }: RbacSettings,
  io: Io,
): Promise<string> {
  // Where the namespace is said, no kubeconfig need be there.
  const namespace = connection.namespace ??
    (await loadConnection(connection, io.kubeHost({ stdinTaken: false })))
      .namespace;
  const objects = accessObjects({ ...wish, namespace });
  return output.output === "json"
    ? `${JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })}\n`
    : formatObjects(objects);
}

async function applyAccess(
  settings: RbacSettings,
  display: ProgressDisplay,
  io: Io,
): Promise<string> {
  using cluster = await openClusterLink(settings, {
    io,
    display,
    stdinTaken: false,
  });
  const { api, namespace } = cluster;
  const applied: AppliedObject[] = [];
  for (const object of accessObjects({ ...settings.wish, namespace })) {
    applied.push(await applyObject(object, { api }));
  }
  if (settings.output.output === "text") {
    return applied.map(({ title, outcome }) => `${title} ${outcome}\n`).join(
      "",
    );
  }
  const objects = applied.map(({ title, outcome }) => ({
    object: title,
    outcome,
  }));
  return `${JSON.stringify({ objects })}\n`;
}

/** A Role can name Pods only where their names are known beforehand. */
function warnOfAll({ wish }: RbacSettings, display: ProgressDisplay): void {
  if (proxiedNames(wish).length > 0) return;
  const { kind, name } = wish.locator;
  display.warn(
    `The Pods of ${kind}/${name} get their names by chance: the Role opens the proxy of every Pod in the namespace`,
  );
}
