import { ExitCode } from "./exit_code.ts";
import { parseImageName } from "./image_name.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { namesText, tagsJson, tagsText } from "./list_report.ts";
import { sortNaturally } from "./list_table.ts";
import { readTags } from "./list_tags.ts";
import { parseDigestTag } from "../registry/digest_tag.ts";
import { type RegistrySession, withRegistry } from "./registry_session.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr ls` was told to do. */
export interface ListSettings extends LinkSettings {
  /** The repository, as it was typed; all repositories without. */
  readonly repository?: string;
  /** Whether only names are printed. */
  readonly namesOnly: boolean;
  /** Whether tags that are made of digests are left out. */
  readonly excludeDigestTags: boolean;
}

/** What is printed, and what the program ends with. */
interface Listing {
  readonly result: string;
  /** What could not be listed; empty when all could. */
  readonly fault: string;
}

/** Does what `k8scr ls` was told, and returns the exit code. */
export async function listImages(
  settings: ListSettings,
  io: Io,
): Promise<number> {
  const repository = repositoryOf(settings);
  const { result, fault } = await withRegistry(
    settings,
    io,
    (session) =>
      repository === undefined
        ? listRepositories(settings, session)
        : listTags(repository, settings, session),
  );
  await io.stdout.write(result);
  if (fault === "") return ExitCode.OK;
  await io.stderr.write(`error: ${fault}\n`);
  return ExitCode.FAILED;
}

function repositoryOf({ repository }: ListSettings): string | undefined {
  if (repository === undefined) return undefined;
  const name = parseImageName(repository);
  if (name.tag === undefined && name.digest === undefined) {
    return name.repository;
  }
  throw new UsageError(
    `Cannot list "${repository}": it names a single image, not a repository`,
    { recommendation: `Look at it: inspect ${repository}` },
  );
}

async function listRepositories(
  { output }: ListSettings,
  { registry, io }: RegistrySession,
): Promise<Listing> {
  const names = registry.repositories({ signal: io.signal });
  const repositories = sortNaturally(await Array.fromAsync(names));
  const result = output.output === "json"
    ? `${JSON.stringify({ repositories })}\n`
    : namesText(repositories);
  return { result, fault: "" };
}

async function listTags(
  name: string,
  { output, namesOnly, excludeDigestTags }: ListSettings,
  { registry, io }: RegistrySession,
): Promise<Listing> {
  const repository = registry.repository(name);
  const found = repository.tags({ signal: io.signal });
  const all = sortNaturally(await Array.fromAsync(found));
  const isJson = output.output === "json";
  if (all.length === 0) return emptyListing(name, isJson);
  const tags = excludeDigestTags
    ? all.filter((tag) => parseDigestTag(tag) === undefined)
    : all;
  if (namesOnly) {
    const bare = { repository: name, tags: tags.map((tag) => ({ tag })) };
    const result = isJson ? `${JSON.stringify(bare)}\n` : namesText(tags);
    return { result, fault: "" };
  }
  const listed = await readTags(repository, tags, io.signal);
  const bad = listed.filter((tag) => "fault" in tag).length;
  return {
    result: isJson ? tagsJson(name, listed) : tagsText(listed),
    fault: bad === 0
      ? ""
      : `Cannot read ${bad} of the ${tags.length} tags of "${name}"`,
  };
}

/** Registries do not tell an empty repository from one that there is not. */
function emptyListing(name: string, isJson: boolean): Listing {
  const document = { repository: name, tags: [] };
  return {
    result: isJson ? `${JSON.stringify(document)}\n` : "",
    fault: `Cannot list "${name}": it has no tags, or is not there`,
  };
}
