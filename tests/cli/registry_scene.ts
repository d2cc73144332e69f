import { strict as assert } from "node:assert";
import { main } from "../../src/cli/main.ts";
import { plainTransport } from "../support/plain_transport.ts";
import { Registry } from "../../src/registry/registry.ts";
import type { BuiltContent } from "../support/images.ts";
import { hasSuccessors } from "../../src/oci/successors.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

/** How a run of the program ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A cluster with a registry, and the program to look at it with. */
export interface RegistryScene {
  readonly cluster: PodProxyServer;
  /** The registry itself, past the API server. */
  readonly registry: Registry;
  /** Runs the program; a last argument may be options of its world. */
  run(args: readonly string[], options?: FakeIoOptions): Promise<Run>;
  /** Puts content into a repository. */
  add(
    repository: string,
    content: BuiltContent,
    ...tags: string[]
  ): Promise<void>;
}

/** Runs a test's body with a registry of its own. */
export async function withRegistryScene(
  action: (scene: RegistryScene) => Promise<void>,
): Promise<void> {
  await using cluster = await PodProxyServer.start();
  const { host } = new URL(cluster.registryUrl);
  const registry = new Registry(plainTransport(host));
  await action({
    cluster,
    registry,
    run: (args, options) => run(cluster, args, options),
    add: (repository, content, ...tags) =>
      add(registry, { repository, content, tags }),
  });
}

async function run(
  cluster: PodProxyServer,
  args: readonly string[],
  options: FakeIoOptions = {},
): Promise<Run> {
  const env = { KUBECONFIG: cluster.kubeconfig };
  const io = new FakeIo({ ...options, env });
  const code = await main([...args], io);
  assert.equal(io.clock.running, 0);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

async function add(
  registry: Registry,
  { repository: name, content, tags }: {
    readonly repository: string;
    readonly content: BuiltContent;
    readonly tags: readonly string[];
  },
): Promise<void> {
  const repository = registry.repository(name);
  const manifests: Descriptor[] = [];
  for (const [digest, bytes] of content.blobs) {
    const mediaType = typeOf(bytes);
    const descriptor = { mediaType, digest, size: bytes.length };
    if (hasSuccessors(descriptor)) manifests.push(descriptor);
    const open = () => Promise.resolve(new Blob([bytes]).stream());
    await repository.push({ ...descriptor, open });
  }
  const isIndex = ({ mediaType }: Descriptor) => mediaType.includes("index");
  const sorted = manifests.toSorted((one, other) =>
    Number(isIndex(one)) - Number(isIndex(other))
  );
  for (const descriptor of sorted) {
    const bytes = content.blobs.get(descriptor.digest);
    assert.ok(bytes);
    await repository.pushManifest(descriptor, bytes);
  }
  const { descriptor, bytes } = content;
  for (const tag of tags) await repository.tag(descriptor, bytes, tag);
}

/** Manifests say themselves what they are. */
function typeOf(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes);
  if (!text.startsWith("{")) return "application/octet-stream";
  return JSON.parse(text).mediaType ?? "application/octet-stream";
}
