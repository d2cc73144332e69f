import { dirname } from "node:path/posix";
import type { Digest } from "../oci/digest.ts";
import type { LinkedProgram } from "./linked_files.ts";
import { NOBODY } from "./registry_pod.ts";
import { REGISTRY_PORT, softwareOf } from "./registry_software.ts";

/** Where the program is in its image. */
export const PROGRAM_PATH = "/k8scr";

/** A file or a folder of the image. */
export interface ImageEntry {
  /** Its path, without the slash in front. */
  readonly name: string;
  /** Permission bits. */
  readonly mode: number;
  /** Number of its user and group. */
  readonly owner: number;
  /** The file of this host that it is; absent for a folder. */
  readonly source?: string;
}

/**
 * Lists what is in this program's own image: the program, what it is linked
 * with, a folder for content and one for temporary files.
 */
export function ownImageEntries(
  program: string,
  { files }: LinkedProgram,
): readonly ImageEntry[] {
  const linked = files.map(({ path, source }) => file(path, source));
  const folders = new Set(files.flatMap(({ path }) => parentsOf(path)));
  const { dataFolder } = softwareOf("k8scr");
  return [
    { name: bare(dataFolder), mode: 0o755, owner: NOBODY },
    { name: "tmp", mode: 0o1777, owner: 0 },
    ...[...folders].sort().map((name) => ({ name, mode: 0o755, owner: 0 })),
    ...linked,
    file(PROGRAM_PATH, program),
  ];
}

/**
 * Writes the config of this program's own image.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export function ownImageConfig(
  { architecture, files }: LinkedProgram,
  diffId: Digest,
): Uint8Array<ArrayBuffer> {
  const { args, dataFolder } = softwareOf("k8scr");
  const folders = [...new Set(files.map(({ path }) => dirname(path)))];
  const created = "1970-01-01T00:00:00Z";
  const config = {
    created,
    architecture,
    os: "linux",
    config: {
      User: `${NOBODY}:${NOBODY}`,
      ExposedPorts: { [`${REGISTRY_PORT}/tcp`]: {} },
      // The list of the host's libraries stays on the host.
      Env: [`LD_LIBRARY_PATH=${folders.join(":")}`],
      Entrypoint: [PROGRAM_PATH],
      Cmd: args,
      Volumes: { [dataFolder]: {} },
      WorkingDir: "/",
    },
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created, created_by: "k8scr registry image" }],
  };
  return new TextEncoder().encode(JSON.stringify(config));
}

function file(path: string, source: string): ImageEntry {
  return { name: bare(path), mode: 0o755, owner: 0, source };
}

function parentsOf(path: string): readonly string[] {
  const parts = bare(dirname(path)).split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

function bare(path: string): string {
  return path.replace(/^\//, "");
}
