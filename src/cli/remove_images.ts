import { RegistryError } from "../registry/registry_error.ts";
import { ExitCode } from "./exit_code.ts";
import {
  formatImageName,
  type ImageName,
  parseImageName,
} from "./image_name.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { type RegistrySession, withRegistry } from "./registry_session.ts";
import {
  ImageRemover,
  RemovalError,
  type RemovedImage,
} from "./remove_image.ts";
import { Questions } from "./remove_question.ts";
import { describeError } from "./report_error.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr rm` was told to do. */
export interface RemoveSettings extends LinkSettings {
  /** The images, as they were typed. */
  readonly names: readonly string[];
  /** Whether nothing is asked. */
  readonly yes: boolean;
}

/** An image that stays, and why. */
interface Failure {
  readonly name: string;
  readonly error: Error;
}

/** What became of all the images. */
interface Removal {
  readonly removed: readonly RemovedImage[];
  readonly failures: readonly Failure[];
}

/**
 * Does what `k8scr rm` was told, and returns the exit code. An image that stays
 * does not keep the others from being removed.
 */
export async function removeImages(
  settings: RemoveSettings,
  io: Io,
): Promise<number> {
  const names = settings.names.map(parseRemovableName);
  const { removed, failures } = await withRegistry(
    settings,
    io,
    (session) => removeAll(names, settings, session),
  );
  const isJson = settings.output.output === "json";
  await io.stdout.write(
    isJson ? removedJson({ removed, failures }) : removedText(removed),
  );
  const { verbose } = settings.output;
  for (const { error } of failures) {
    await io.stderr.write(describeError(error, { verbose }).text);
  }
  return failures.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

function parseRemovableName(text: string): ImageName {
  const name = parseImageName(text);
  if (name.tag !== undefined || name.digest !== undefined) return name;
  throw new UsageError(
    `Cannot remove "${text}": it names a repository, not an image`,
    { recommendation: `Name a tag or a digest, such as ${text}:latest` },
  );
}

async function removeAll(
  names: readonly ImageName[],
  { yes }: RemoveSettings,
  session: RegistrySession,
): Promise<Removal> {
  using questions = new Questions(session.io);
  const remover = new ImageRemover(session, { yes, questions });
  const removed: RemovedImage[] = [];
  const failures: Failure[] = [];
  for (const name of names) {
    try {
      const image = await remover.remove(name);
      if (image !== undefined) removed.push(image);
    } catch (error) {
      const isOfOne = error instanceof RemovalError ||
        error instanceof RegistryError;
      if (!isOfOne) throw error;
      failures.push({ name: formatImageName(name), error });
    }
  }
  return { removed, failures };
}

function removedText(images: readonly RemovedImage[]): string {
  return images.flatMap(({ repository, tags, digest, isDeleted }) => [
    ...tags.map((tag) =>
      `${formatImageName({ repository, tag, digest })} untagged\n`
    ),
    ...isDeleted
      ? [`${formatImageName({ repository, digest })} deleted\n`]
      : [],
  ]).join("");
}

function removedJson({ removed, failures }: Removal): string {
  const document = {
    removed: removed.map(({ repository, tags, digest, isDeleted }) => ({
      repository,
      tags,
      digest,
      deleted: isDeleted,
    })),
    failed: failures.map(({ name, error }) => ({
      name,
      error: error.message,
    })),
  };
  return `${JSON.stringify(document)}\n`;
}
