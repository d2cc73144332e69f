import { join } from "node:path";

/** A temporary folder of a test file. */
export class Scratch {
  #root: string | undefined;

  /** Returns the path of a name in the folder; nothing is there yet. */
  path(name: string): string {
    this.#root ??= Deno.makeTempDirSync({ prefix: "k8scr-cluster-test-" });
    return join(this.#root, name);
  }

  /** Makes a folder in the folder and returns its path. */
  async folder(name: string): Promise<string> {
    const path = this.path(name);
    await Deno.mkdir(path, { recursive: true });
    return path;
  }

  /** Deletes the folder with all that is in it. */
  async remove(): Promise<void> {
    if (this.#root === undefined) return;
    await Deno.remove(this.#root, { recursive: true });
    this.#root = undefined;
  }
}

/** Makes something once, when it is first asked for. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}
