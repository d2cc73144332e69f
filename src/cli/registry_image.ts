import project from "../../deno.json" with { type: "json" };
import { type LayerEntry, openFileLayer } from "../archive/file_layer.ts";
import { ElfError } from "../cluster/elf_file.ts";
import {
  findLinkedFiles,
  type LinkedProgram,
  MissingLibraryError,
} from "../cluster/linked_files.ts";
import { ownImage } from "../cluster/own_image.ts";
import {
  type ImageEntry,
  ownImageConfig,
  ownImageEntries,
} from "../cluster/own_image_content.ts";
import type { Opener } from "../content/blob_content.ts";
import { configDescriptor, makeManifest } from "../content/draft_manifest.ts";
import type { StagedTarget } from "../content/staged_target.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { Digester } from "../oci/digest.ts";
import { MediaType } from "../oci/media_type.ts";
import { ExitCode } from "./exit_code.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";
import { openTarget } from "./open_target.ts";
import { UsageError } from "./usage_error.ts";

/** Does what `k8scr registry image` was told, and returns the exit code. */
export async function runRegistryImage(flags: Flags, io: Io): Promise<number> {
  const path = flags.optional("output");
  if (path === undefined) {
    throw new UsageError("Cannot write the image: it is not said where to", {
      recommendation: "Name a file: --output k8scr.tar, or - for a pipe",
    });
  }
  const program = flags.optional("binary") ?? ownFile();
  const linked = await linkedFilesOf(program, flags.text("sysroot"));
  const layer = await layerOf(ownImageEntries(program, linked), io.signal);
  const target = await openTarget(
    path === "-"
      ? { kind: "stream", format: "docker-archive" }
      : { kind: "archive", path, format: "docker-archive" },
    { io, display: { warn: () => {} } },
  );
  try {
    const { digest } = await writeImage(target, linked, { layer, io });
    await target.commit();
    const line = `${ownImage(project.version)}@${digest}\n`;
    await (path === "-" ? io.stderr : io.stdout).write(line);
    return ExitCode.OK;
  } finally {
    await target.abandon({ keepDrafts: false });
  }
}

/** Under `deno run` the running file is Deno, which is not this program. */
function ownFile(): string {
  if (Deno.build.standalone) return Deno.execPath();
  throw new UsageError(
    "Cannot make an image of this program: it runs from its sources and is no file",
    { recommendation: "Compile it (deno task build), and name it: --binary" },
  );
}

async function linkedFilesOf(
  program: string,
  sysroot: string,
): Promise<LinkedProgram> {
  try {
    return await findLinkedFiles(program, sysroot);
  } catch (error) {
    if (error instanceof ElfError) {
      throw new UsageError(error.message, {
        recommendation: "Name a k8scr that was made for Linux: --binary",
        cause: error,
      });
    }
    if (error instanceof MissingLibraryError) {
      throw new UsageError(error.message, {
        recommendation:
          "Name the folder that holds the system of that machine: --sysroot",
        cause: error,
      });
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`Cannot read "${program}": there is no such file`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** The layer of the image: it is read twice, and never whole in memory. */
interface Layer {
  readonly descriptor: Descriptor;
  readonly open: Opener;
}

async function layerOf(
  entries: readonly ImageEntry[],
  signal: AbortSignal,
): Promise<Layer> {
  const open = openFileLayer(await Promise.all(entries.map(layerEntry)));
  const digester = new Digester();
  let size = 0;
  for await (const piece of await open()) {
    signal.throwIfAborted();
    digester.update(piece);
    size += piece.length;
  }
  const mediaType = MediaType.OCI_LAYER;
  return { descriptor: { mediaType, digest: digester.digest(), size }, open };
}

async function layerEntry(entry: ImageEntry): Promise<LayerEntry> {
  const { name, mode, owner, source } = entry;
  const attributes = { name, mode, uid: owner, gid: owner };
  if (source === undefined) {
    return { head: { ...attributes, type: "directory" } };
  }
  const { size } = await Deno.stat(source);
  return { head: { ...attributes, type: "file", size }, source };
}

async function writeImage(
  target: StagedTarget,
  linked: LinkedProgram,
  { layer, io: { signal } }: { readonly layer: Layer; readonly io: Io },
): Promise<Descriptor> {
  const { descriptor, open } = layer;
  const config = ownImageConfig(linked, descriptor.digest);
  const manifest = makeManifest(configDescriptor(config), [descriptor]);
  await target.push({ ...descriptor, open }, { signal });
  await target.push({
    ...configDescriptor(config),
    open: (offset = 0) =>
      Promise.resolve(new Blob([config.subarray(offset)]).stream()),
  }, { signal });
  await target.pushManifest(manifest.descriptor, manifest.bytes, signal);
  const name = ownImage(project.version);
  await target.tag(manifest.descriptor, manifest.bytes, name, signal);
  return manifest.descriptor;
}
