import { WorkLimit } from "../content/work_limit.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Digest } from "../oci/digest.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import {
  formatPlatform,
  matchesPlatform,
  type Platform,
} from "../oci/platform.ts";
import { RegistryError } from "../registry/registry_error.ts";
import type { Repository } from "../registry/repository.ts";
import { ExitCode } from "./exit_code.ts";
import {
  fetchNamed,
  formatImageName,
  type ImageName,
  parseImageName,
} from "./image_name.ts";
import {
  type InspectedConfig,
  isImageConfig,
  parseInspectedConfig,
} from "./inspect_config.ts";
import {
  type InspectedImage,
  inspectedJson,
  inspectedText,
} from "./inspect_report.ts";
import {
  type InspectedNode,
  nodesOf,
  readSmallBlob,
  readTree,
} from "./inspect_tree.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { type RegistrySession, withRegistry } from "./registry_session.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr inspect` was told to do. */
export interface InspectSettings extends LinkSettings {
  /** The image, as it was typed. */
  readonly name: string;
  /** The one platform to look at. */
  readonly platform?: Platform;
  /** Whether the bytes of the manifest are printed. */
  readonly raw: boolean;
}

/** Requests at once. */
const PARALLEL_READS = 8;

/** Does what `k8scr inspect` was told, and returns the exit code. */
export async function inspectImage(
  settings: InspectSettings,
  io: Io,
): Promise<number> {
  const name = parseImageName(settings.name);
  const result = await withRegistry(
    settings,
    io,
    (session) => inspect(name, settings, session),
  );
  await io.stdout.write(result);
  return ExitCode.OK;
}

async function inspect(
  name: ImageName,
  { platform, raw, output }: InspectSettings,
  session: RegistrySession,
): Promise<string | Uint8Array> {
  const repository = session.registry.repository(name.repository);
  const { signal } = session.io;
  const manifest = await fetchNamed(repository, name, signal);
  if (raw && platform === undefined) return manifest.bytes;
  const limit = new WorkLimit(PARALLEL_READS);
  const root = await readTree(repository, manifest, { limit, signal });
  const inspection = new Inspection(repository, { session, limit });
  const configs = await inspection.configs(root);
  const shown = platform === undefined
    ? root
    : choose(root, configs, { platform, name });
  if (raw) return shown.bytes;
  const { repository: location } = name;
  const image: InspectedImage = {
    // A tag leads to the index, not to what was chosen of it.
    name: shown === root ? name : { repository: location },
    root: shown,
    configs,
    referrers: await inspection.referrers(shown),
  };
  return output.output === "json" ? inspectedJson(image) : inspectedText(image);
}

class Inspection {
  readonly #repository: Repository;
  readonly #session: RegistrySession;
  readonly #limit: WorkLimit;

  constructor(
    repository: Repository,
    options: { readonly session: RegistrySession; readonly limit: WorkLimit },
  ) {
    this.#repository = repository;
    this.#session = options.session;
    this.#limit = options.limit;
  }

  /** Reads the configs of all images by their digests. */
  async configs(
    root: InspectedNode,
  ): Promise<ReadonlyMap<Digest, InspectedConfig>> {
    const wanted = new Map<Digest, Descriptor>();
    for (const { config } of nodesOf(root)) {
      if (config === undefined || !isImageConfig(config.mediaType)) continue;
      wanted.set(config.digest, config);
    }
    const read = await Promise.all(
      [...wanted.values()].map((config) =>
        this.#limit.run(async () => {
          const bytes = await readSmallBlob(
            this.#repository,
            config,
            this.#session.io.signal,
          );
          const document = `the config "${config.digest}"`;
          return [
            config.digest,
            parseInspectedConfig(bytes, document),
          ] as const;
        })
      ),
    );
    return new Map(read);
  }

  /** Lists what is about each manifest, by the manifest's digest. */
  async referrers(
    root: InspectedNode,
  ): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
    const digests = new Set(
      nodesOf(root).map(({ descriptor }) => descriptor.digest),
    );
    const lists = await Promise.all(
      [...digests].map((digest) =>
        this.#limit.run(async () =>
          [digest, await this.#referrersOf(digest)] as const
        )
      ),
    );
    return new Map(lists.filter(([, list]) => list.length > 0));
  }

  async #referrersOf(digest: Digest): Promise<readonly Descriptor[]> {
    const { io, display } = this.#session;
    try {
      return await this.#repository.referrers(digest, io.signal);
    } catch (error) {
      const isTheirs = error instanceof RegistryError ||
        error instanceof DocumentSyntaxError;
      if (!isTheirs) throw error;
      display.warn(error.message);
      return [];
    }
  }
}

/** Finds the image of a platform, which its config names if nothing else does. */
function choose(
  root: InspectedNode,
  configs: ReadonlyMap<Digest, InspectedConfig>,
  wanted: { readonly platform: Platform; readonly name: ImageName },
): InspectedNode {
  const images = nodesOf(root).flatMap((node) => {
    const config = node.config && configs.get(node.config.digest);
    const platform = node.descriptor.platform ?? config?.platform;
    return platform === undefined ? [] : [{ node, platform }];
  });
  const found = images.find(({ platform }) =>
    matchesPlatform(platform, wanted.platform)
  );
  if (found !== undefined) return found.node;
  const there = images.map(({ platform }) => formatPlatform(platform));
  throw new UsageError(
    `Cannot find "${formatPlatform(wanted.platform)}" in "${
      formatImageName(wanted.name)
    }": the image is for ${there.join(", ") || "no platform that it names"}`,
  );
}
