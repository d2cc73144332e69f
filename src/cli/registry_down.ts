import { waitUntilGone } from "../cluster/readiness.ts";
import { removeRegistry } from "../cluster/registry_remover.ts";
import { readRegistry, type RegistryName } from "../cluster/registry_state.ts";
import { parseStorage } from "../cluster/registry_storage.ts";
import { type ClusterLink, openClusterLink } from "./cluster_link.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import type { RegistryDownSettings } from "./registry_settings.ts";
import { Questions } from "./remove_question.ts";
import { UsageError } from "./usage_error.ts";

/** What the parts of the command work with. */
interface Scene {
  readonly cluster: ClusterLink;
  readonly display: ProgressDisplay;
  readonly io: Io;
}

/** Does what `k8scr registry down` was told, and returns the exit code. */
export async function runRegistryDown(
  settings: RegistryDownSettings,
  io: Io,
): Promise<number> {
  const display = openProgressDisplay(io, settings.output);
  let removed: readonly string[];
  try {
    using cluster = await openClusterLink(settings, {
      io,
      display,
      stdinTaken: !settings.yes,
    });
    removed = await takeDown(settings, { cluster, display, io });
  } finally {
    display.close();
  }
  await io.stdout.write(
    settings.output.output === "json"
      ? `${JSON.stringify({ deleted: removed })}\n`
      : removed.map((title) => `${title} deleted\n`).join(""),
  );
  return ExitCode.OK;
}

async function takeDown(
  settings: RegistryDownSettings,
  { cluster, display, io }: Scene,
): Promise<readonly string[]> {
  const { name, deleteData } = settings;
  const { api, namespace } = cluster;
  const registry = { name, namespace };
  const state = await readRegistry(api, registry);
  const fate = fateOf(state?.storage ?? "", deleteData);
  if (!settings.yes && !await isMeant(questionOf(registry, fate), io)) {
    display.note("Nothing is deleted");
    return [];
  }
  const removed: string[] = [];
  await removeRegistry(registry, {
    api,
    deleteData,
    onRemoved: (title) => removed.push(title),
  });
  if (removed.length === 0) throw notThere(registry);
  await waitUntilGone(registry, {
    api,
    timeout: settings.timeout,
    signal: io.signal,
    now: () => io.clock.now(),
    onWait: (text) => display.note(`Waiting: ${text}`),
  });
  if (fate !== "") display.note(`Its content ${fate}`);
  return removed;
}

async function isMeant(question: string, io: Io): Promise<boolean> {
  using questions = new Questions(io);
  if (questions.canAsk) return await questions.confirm(question);
  throw new UsageError(
    `Cannot ask "${question}": there is no terminal`,
    { recommendation: "Say yes beforehand: --yes" },
  );
}

function questionOf({ name, namespace }: RegistryName, fate: string): string {
  const content = fate === "" ? "" : ` Its content ${fate}.`;
  return `Delete the registry "${name}" in namespace "${namespace}"?${content}`;
}

/** What becomes of the content; empty where that is not known. */
function fateOf(text: string, deleteData: boolean): string {
  const storage = parseStorage(text);
  switch (storage?.kind) {
    case "pvc":
      return deleteData
        ? "is deleted with its claim"
        : "stays in its claim (--delete-data)";
    case "hostPath":
      return `stays in the folder ${storage.path} of its node, which only that node can delete`;
    case "emptyDir":
    case "memory":
      return "is lost";
    case undefined:
      return "";
  }
}

function notThere({ name, namespace }: RegistryName): Error {
  return new Error(
    `Cannot delete the registry "${name}": there is none in namespace "${namespace}" that k8scr made\n` +
      "Check the name and the namespace (-n)",
  );
}
