import type { Digest } from "../oci/digest.ts";
import type { ArchiveOutput } from "./archive_output.ts";

/** Options for {@linkcode StreamOutput}. */
export interface StreamOutputOptions {
  /** What the stream is called in messages. */
  readonly location: string;
  /** Directory for blobs whose size is not known beforehand. */
  readonly tempDir: string;
}

/** An archive that is written to a stream: a reader sees it as it comes. */
export class StreamOutput implements ArchiveOutput {
  readonly location: string;
  readonly tempDir: string;
  readonly blobs: ReadonlyMap<Digest, number> = new Map();
  readonly #send: (bytes: Uint8Array) => Promise<void>;
  #position = 0;

  /** Takes what sends bytes; it must have them in its hands when it returns. */
  constructor(
    send: (bytes: Uint8Array) => Promise<void>,
    options: StreamOutputOptions,
  ) {
    this.#send = send;
    this.location = options.location;
    this.tempDir = options.tempDir;
  }

  get position(): number {
    return this.#position;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#send(bytes);
    this.#position += bytes.length;
  }

  commit(): Promise<void> {
    return Promise.resolve();
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }
}
