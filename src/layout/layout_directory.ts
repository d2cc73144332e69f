import { join } from "node:path";
import { type Digest, isDigest } from "../oci/digest.ts";
import { openFileRange, readFileRange } from "./file_range.ts";
import { LayoutError } from "./layout_error.ts";
import type { LayoutFiles } from "./layout_files.ts";

/** The files of a layout in a directory; symbolic links are followed. */
export class LayoutDirectory implements LayoutFiles {
  /** The directory as the user named it. */
  readonly location: string;

  constructor(directory: string) {
    this.location = directory;
  }

  async size(path: string): Promise<number | undefined> {
    try {
      const { isFile, size } = await Deno.stat(join(this.location, path));
      return isFile ? size : undefined;
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw this.#fault(path, error);
    }
  }

  async read(
    path: string,
    maxBytes: number,
  ): Promise<Uint8Array | undefined> {
    const size = await this.size(path);
    if (size === undefined) return undefined;
    if (size > maxBytes) {
      throw new LayoutError(
        this.location,
        `${path} has ${size} bytes, at most ${maxBytes} are read`,
      );
    }
    const range = { path: join(this.location, path), offset: 0, size };
    return await this.#attempt(
      path,
      () => readFileRange(range, this.#ends(path)),
    );
  }

  async open(
    path: string,
    offset: number,
  ): Promise<ReadableStream<Uint8Array> | undefined> {
    const total = await this.size(path);
    if (total === undefined) return undefined;
    const size = Math.max(0, total - offset);
    const range = { path: join(this.location, path), offset, size };
    return await this.#attempt(
      path,
      () => openFileRange(range, this.#ends(path)),
    );
  }

  async blobs(): Promise<readonly Digest[]> {
    const folder = join(this.location, "blobs/sha256");
    const digests: Digest[] = [];
    try {
      for await (const { name } of Deno.readDir(folder)) {
        const digest = `sha256:${name}`;
        if (isDigest(digest)) digests.push(digest);
      }
    } catch (error) {
      if (!isAbsent(error)) throw this.#fault("blobs/sha256", error);
    }
    return digests.sort();
  }

  async list(): Promise<readonly string[]> {
    const names: string[] = [];
    for await (const entry of Deno.readDir(this.location)) {
      names.push(entry.isDirectory ? `${entry.name}/` : entry.name);
    }
    return names.sort();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #attempt<T>(path: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      if (error instanceof LayoutError) throw error;
      throw this.#fault(path, error);
    }
  }

  #ends(path: string): { endsEarly: (position: number) => Error } {
    return {
      endsEarly: (position) =>
        new LayoutError(
          this.location,
          `${path} ends at byte ${position}: it was changed while it was read`,
        ),
    };
  }

  #fault(path: string, cause: unknown): LayoutError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new LayoutError(this.location, `${path}: ${reason}`, { cause });
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
}
