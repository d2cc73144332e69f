import { isAbsolute, join } from "node:path";
import project from "../../deno.json" with { type: "json" };
import { FileJournal } from "../registry/file_journal.ts";
import type {
  JournaledBlob,
  UploadJournal,
} from "../registry/upload_journal.ts";
import type { ResumeOutcome } from "../registry/upload_state.ts";
import type { ClusterLink } from "./cluster_link.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { formatSize } from "./quantity.ts";

/** Options for {@linkcode openPushJournal}. */
export interface PushJournalOptions {
  /** The way to the cluster that the registry is in. */
  readonly cluster: Pick<ClusterLink, "server" | "namespace">;
  /** The environment. */
  readonly io: Pick<Io, "env">;
  /** Where the user is told what is not sent again. */
  readonly display: Pick<ProgressDisplay, "note" | "warn">;
}

/**
 * Returns the journal of pushes to a registry, in the user's state folder:
 * `$XDG_STATE_HOME/k8scr`, by default `~/.local/state/k8scr`.
 *
 * @param registry the value of `--registry`
 * @returns `undefined` for a user without a home
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function openPushJournal(
  registry: string,
  { cluster, io, display }: PushJournalOptions,
): UploadJournal | undefined {
  const directory = stateFolder(io);
  if (directory === undefined) return undefined;
  return new FileJournal({
    directory,
    registry: `${cluster.server.href} ${cluster.namespace} ${registry}`,
    program: `k8scr ${project.version}, Deno ${Deno.version.deno}`,
    onResume: (blob, outcome) => display.note(resumeNote(blob, outcome)),
    onProblem: (error) =>
      display.warn(
        `Cannot keep in "${directory}" where the push stands: ${
          error instanceof Error ? error.message : error
        }; after an interruption it would start again`,
      ),
  });
}

function stateFolder(io: Pick<Io, "env">): string | undefined {
  const state = io.env("XDG_STATE_HOME");
  // The specification has relative paths ignored.
  if (state !== undefined && isAbsolute(state)) return join(state, "k8scr");
  const local = io.env("LOCALAPPDATA");
  if (Deno.build.os === "windows" && local) {
    return join(local, "k8scr", "state");
  }
  const home = io.env("HOME");
  return home ? join(home, ".local", "state", "k8scr") : undefined;
}

function resumeNote(
  { identity }: JournaledBlob,
  outcome: ResumeOutcome,
): string {
  // The digest, or the diffID and how it is compressed.
  const [digest] = identity.split(" ");
  switch (outcome.kind) {
    case "resumed":
      return `An earlier push sent ${
        formatSize(outcome.offset)
      } of ${digest}: it goes on there`;
    case "lost":
      return `An earlier push of ${digest} was interrupted, and the registry kept nothing of it: it starts again`;
    case "untold":
      return `An earlier push of ${digest} was interrupted, and the registry cannot tell what it has of it: it starts again`;
  }
}
