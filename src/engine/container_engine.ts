import { RecordedReader } from "../archive/recorded_reader.ts";
import type { Digest } from "../oci/digest.ts";
import { EngineClient } from "./engine_client.ts";
import { type EngineImage, parseEngineImage } from "./engine_image.ts";
import { type LoadAnswer, readLoadAnswer } from "./load_answer.ts";

/** An image that an engine must have after a load. */
export interface ExpectedEngineImage {
  /** Its name, with a tag. */
  readonly name: string;
  /** Digest of its config. */
  readonly config: Digest;
  /** Digests of its uncompressed layers, lowest first. */
  readonly diffIds: readonly Digest[];
}

/** Options for {@linkcode Engine.load}. */
export interface LoadOptions {
  /** What must be there afterwards; the engine is asked. Default nothing. */
  readonly expected?: readonly ExpectedEngineImage[];
  /** Called with the number of bytes that the engine has taken so far. */
  readonly onProgress?: (bytes: number) => void;
  /** Ends the load. */
  readonly signal?: AbortSignal;
}

/** A Docker or Podman engine that answers. */
export class Engine implements Disposable {
  /** What it is: `Docker 28.3.0`, `Podman 5.4.2`. */
  readonly product: string;
  /** Where it is, for messages: `the engine at unix:///var/run/docker.sock`. */
  readonly location: string;
  /** Where it is, as Docker writes it: `unix:///var/run/docker.sock`. */
  readonly address: string;
  readonly #client: EngineClient;

  /**
   * Takes the way to an engine that has answered.
   *
   * @param client closed with the engine
   */
  constructor(
    client: EngineClient,
    { product, address }: {
      readonly product: string;
      readonly address: string;
    },
  ) {
    this.#client = client;
    this.location = client.location;
    this.product = product;
    this.address = address;
  }

  /**
   * Describes an image. A name without a tag means `latest`; an ID may be the
   * first part of one.
   *
   * @throws {EngineError} when the engine has no such image (status 404), or
   *   refuses
   * @throws {EngineConnectionError} when the connection breaks
   */
  async inspect(name: string, signal?: AbortSignal): Promise<EngineImage> {
    const bytes = await this.#client.read({
      action: `read "${name}" from`,
      path: `/images/${name}/json`,
      ...signal && { signal },
    });
    return parseEngineImage(bytes, `"${name}" of ${this.location}`);
  }

  /**
   * Opens the export of an image: a tar that begins when the engine is ready.
   * An error that comes later is a line of JSON at its end.
   *
   * @param reference a name with a tag, else all tags are exported; or an ID
   * @throws {EngineError} when the engine has no such image (status 404), or
   *   refuses
   * @throws {EngineConnectionError} when the connection breaks
   */
  async export(
    reference: string,
    signal?: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.#client.send({
      action: `read "${reference}" from`,
      path: `/images/${reference}/get`,
      ...signal && { signal },
    });
    return body ?? new Blob([]).stream();
  }

  /**
   * Loads a docker-archive, or whatever else the engine takes, and makes sure
   * that the expected images are there.
   *
   * @param archive read to its end, or cancelled when the load fails
   * @throws {EngineError} when the engine reports a failure, loads nothing, or
   *   has another image afterwards
   * @throws {EngineConnectionError} when the connection breaks
   * @throws {unknown} the failure of the archive itself
   */
  async load(
    archive: ReadableStream<Uint8Array>,
    options: LoadOptions = {},
  ): Promise<LoadAnswer> {
    const answer = await this.#upload(archive, options);
    const action = "load the images into";
    if (answer.failure !== undefined) {
      throw this.#client.refusal(action, answer.failure, { status: 200 });
    }
    if (answer.names.length + answer.ids.length === 0) {
      throw this.#client.refusal(action, "it loaded none", { status: 200 });
    }
    for (const image of options.expected ?? []) {
      await this.#confirm(image, options.signal);
    }
    return answer;
  }

  /** Ends every request that is under way. */
  [Symbol.dispose](): void {
    this.#client[Symbol.dispose]();
  }

  async #upload(
    archive: ReadableStream<Uint8Array>,
    { onProgress, signal }: LoadOptions,
  ): Promise<LoadAnswer> {
    const input = new RecordedReader(archive);
    try {
      const response = await this.#client.send({
        action: "load the images into",
        method: "POST",
        path: "/images/load?quiet=1",
        body: loadBody(input, onProgress),
        ...signal && { signal },
      });
      return await readLoadAnswer(response.body ?? new Blob([]).stream());
    } catch (error) {
      throw input.failure ?? error;
    } finally {
      // An engine may answer before it has read everything; the runtime reads on.
      await input.cancel();
    }
  }

  async #confirm(
    { name, config, diffIds }: ExpectedEngineImage,
    signal?: AbortSignal,
  ): Promise<void> {
    const image = await this.inspect(name, signal);
    const isSame = image.store === "containerd"
      ? image.diffIds.join() === diffIds.join()
      : image.id.replace(/^sha256:/, "") === config.replace(/^sha256:/, "");
    if (isSame) return;
    throw this.#client.refusal(
      `confirm "${name}" in`,
      `its ID is ${image.id}, must be ${config}`,
      { status: 200 },
    );
  }
}

/** Streams an archive into an engine, and tells how much has gone. */
function loadBody(
  archive: RecordedReader,
  onProgress: (bytes: number) => void = () => {},
): ReadableStream<Uint8Array> {
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await archive.read();
      if (done) return controller.close();
      sent += value.length;
      controller.enqueue(value);
      onProgress(sent);
    },
    cancel: (reason) => archive.cancel(reason),
  }, { highWaterMark: 0 });
}
