import { formatReference, isTag } from "../oci/reference.ts";
import { ExitCode } from "./exit_code.ts";
import { fetchNamed, type ImageName, parseImageName } from "./image_name.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { type RegistrySession, withRegistry } from "./registry_session.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr tag` was told to do. */
export interface TagSettings extends LinkSettings {
  /** The image, as it was typed. */
  readonly name: string;
  /** Its new name or tag, as it was typed. */
  readonly newName: string;
}

/** Does what `k8scr tag` was told, and returns the exit code. */
export async function tagImage(settings: TagSettings, io: Io): Promise<number> {
  const name = parseImageName(settings.name);
  const tag = newTagOf(settings, name);
  const result = await withRegistry(
    settings,
    io,
    (session) => giveTag(name, tag, { settings, session }),
  );
  await io.stdout.write(result);
  return ExitCode.OK;
}

/** A word without a slash or a colon is a tag alone. */
function newTagOf(
  { name, newName }: TagSettings,
  { repository }: ImageName,
): string {
  if (isTag(newName)) return newName;
  const wanted = parseImageName(newName);
  if (wanted.digest !== undefined) {
    throw new UsageError(
      `Cannot tag "${name}" as "${newName}": a digest cannot be chosen`,
    );
  }
  if (wanted.repository === repository) return wanted.tag ?? "latest";
  throw new UsageError(
    `Cannot tag "${name}" as "${newName}": a tag stays in its repository, "${repository}"`,
    {
      recommendation: `Copy it, which moves no bytes: copy ${name} ${newName}`,
    },
  );
}

async function giveTag(
  name: ImageName,
  tag: string,
  { settings, session }: {
    readonly settings: TagSettings;
    readonly session: RegistrySession;
  },
): Promise<string> {
  const { registry, display, io } = session;
  const repository = registry.repository(name.repository);
  const { descriptor, bytes } = await fetchNamed(repository, name, io.signal);
  const { digest } = descriptor;
  const before = await repository.fetchManifest(tag, io.signal);
  if (before !== undefined && before.descriptor.digest !== digest) {
    display.note(
      `${repository.location}:${tag} led to ${before.descriptor.digest}`,
    );
  }
  await repository.tag(descriptor, bytes, tag, io.signal);
  const reference = { repository: repository.location, tag, digest };
  return settings.output.output === "json"
    ? `${JSON.stringify(reference)}\n`
    : `${formatReference(reference)}\n`;
}
