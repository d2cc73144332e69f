import { writeFully } from "../../src/content/file_access.ts";
import { strict as assert } from "node:assert";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import {
  type RegistryServer,
  type RegistryServerOptions,
  startRegistryServer,
} from "../../src/server/registry_server.ts";

/** An answer whose body was read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
}

/** A running registry and its directory. */
export interface TestRegistry {
  readonly server: RegistryServer;
  readonly dataDir: string;
  /** Sends a request to a path of the registry and reads the answer. */
  send(method: string, path: string, init?: RequestInit): Promise<Answer>;
}

/** Options of the server, and what its client needs to know. */
export interface TestRegistryOptions extends Partial<RegistryServerOptions> {
  /** The certificate of the authority that the client trusts, PEM. */
  readonly authority?: string;
}

/** Runs an action in a new directory, which is removed afterwards. */
export async function withDirectory(
  action: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "k8scr-server-" });
  try {
    await action(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Runs an action with a registry on a directory. */
export async function withRegistryOn(
  dataDir: string,
  action: (registry: TestRegistry) => Promise<void>,
  options: TestRegistryOptions = {},
): Promise<void> {
  const { authority, ...serverOptions } = options;
  const server = await startRegistryServer({ ...serverOptions, dataDir });
  const client = Deno.createHttpClient({
    caCerts: authority === undefined ? [] : [authority],
  });
  try {
    await action({
      server,
      dataDir,
      send: (method, path, init = {}) =>
        send(`${server.url}${path}`, { ...init, method, client }),
    });
  } finally {
    client.close();
    await server.shutdown();
  }
}

/** Runs an action with a registry on a new directory. */
export async function withRegistry(
  action: (registry: TestRegistry) => Promise<void>,
  options: TestRegistryOptions = {},
): Promise<void> {
  await withDirectory((dataDir) => withRegistryOn(dataDir, action, options));
}

async function send(
  url: string,
  init: RequestInit & { client: Deno.HttpClient },
): Promise<Answer> {
  const response = await fetch(url, init);
  const bytes = new Uint8Array(await response.arrayBuffer());
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text: new TextDecoder().decode(bytes),
  };
}

/** Returns the bytes of a text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Pushes a blob with a single request and returns its digest. */
export async function pushBlob(
  registry: TestRegistry,
  repository: string,
  content: string,
): Promise<Digest> {
  const bytes = bytesOf(content);
  const digest = digestOf(bytes);
  const { status } = await registry.send(
    "POST",
    `/v2/${repository}/blobs/uploads/?digest=${digest}`,
    { body: bytes },
  );
  assert.equal(status, 201);
  return digest;
}

/** Opens an upload session and returns its location. */
export async function openUpload(
  registry: TestRegistry,
  repository: string,
): Promise<string> {
  const { status, headers } = await registry.send(
    "POST",
    `/v2/${repository}/blobs/uploads/`,
  );
  assert.equal(status, 202);
  return headers.get("location") ?? "";
}

/** What a test manifest says. */
export interface ManifestParts {
  readonly config: string;
  readonly layers?: readonly string[];
  readonly subject?: string;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Writes an image manifest; sizes are not looked at by the registry. */
export function imageManifest(parts: ManifestParts): string {
  const { config, layers = [], subject, artifactType, annotations } = parts;
  const descriptor = (mediaType: string, digest: string) => ({
    mediaType,
    digest,
    size: 2,
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    ...artifactType !== undefined && { artifactType },
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: layers.map((digest) =>
      descriptor("application/vnd.oci.image.layer.v1.tar", digest)
    ),
    ...subject !== undefined && { subject: descriptor(MANIFEST, subject) },
    ...annotations !== undefined && { annotations },
  });
}

/** Writes an index of image manifests. */
export function imageIndex(
  manifests: readonly string[],
  subject?: string,
): string {
  const descriptor = (digest: string) => ({
    mediaType: MANIFEST,
    digest,
    size: 2,
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: manifests.map(descriptor),
    ...subject !== undefined && { subject: descriptor(subject) },
  });
}

/** Media type of an image manifest. */
export const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
/** Media type of an index. */
export const INDEX = "application/vnd.oci.image.index.v1+json";

/** Pushes a manifest, by a tag or else by its digest; returns the digest. */
export async function pushManifest(
  registry: TestRegistry,
  repository: string,
  { document, tag, mediaType = MANIFEST }: {
    document: string;
    tag?: string;
    mediaType?: string;
  },
): Promise<Digest> {
  const digest = digestOf(bytesOf(document));
  const { status, text } = await registry.send(
    "PUT",
    `/v2/${repository}/manifests/${tag ?? digest}`,
    { body: document, headers: { "content-type": mediaType } },
  );
  assert.equal(status, 201, text);
  return digest;
}

/** Pushes an image of a config and one layer; returns its digests. */
export async function pushImage(
  registry: TestRegistry,
  repository: string,
  { name, tag }: { name: string; tag?: string },
): Promise<{ manifest: Digest; config: Digest; layer: Digest }> {
  const config = await pushBlob(registry, repository, `config of ${name}`);
  const layer = await pushBlob(registry, repository, `layer of ${name}`);
  const document = imageManifest({ config, layers: [layer] });
  const manifest = await pushManifest(registry, repository, {
    document,
    ...tag !== undefined && { tag },
  });
  return { manifest, config, layer };
}

/** Returns the error code of an answer. */
export function errorCode(answer: Answer): string {
  return JSON.parse(answer.text).errors[0].code;
}

/** A connection on which a request is written by hand. */
export class RawClient {
  readonly #connection: Deno.Conn;

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects to a registry. */
  static async connect(registry: TestRegistry): Promise<RawClient> {
    const { port } = registry.server;
    return new RawClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends text or bytes. */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? bytesOf(data) : data;
    await writeFully(this.#connection, bytes);
  }

  /** Reads until the text that came matches a pattern, or the end. */
  async receive(pattern: RegExp): Promise<string> {
    const block = new Uint8Array(64 * 1024);
    let text = "";
    while (!pattern.test(text)) {
      const read = await this.#connection.read(block);
      if (read === null) return text;
      text += new TextDecoder().decode(block.subarray(0, read));
    }
    return text;
  }

  /** Breaks the connection. */
  close(): void {
    this.#connection.close();
  }
}

/** Waits until a condition holds, which another task makes true. */
export async function until(
  condition: () => Promise<boolean> | boolean,
): Promise<void> {
  const end = performance.now() + 10_000;
  while (!await condition()) {
    assert.ok(performance.now() < end, "The condition did not come true");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
