import { strict as assert } from "node:assert";
import { main } from "../../src/cli/main.ts";
import type { BuiltContent } from "../support/images.ts";
import { type LayoutEntry, writeLayout } from "../support/layouts.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

/** How a run of the program ended. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A registry behind an API server, a folder, and the program. */
export interface Scene {
  readonly cluster: PodProxyServer;
  readonly folder: TempDir;
  /** Runs the program; its world can be changed. */
  run(args: readonly string[], options?: FakeIoOptions): Promise<Run>;
  /** Pushes an image, and what is about it. */
  push(
    name: string,
    content: BuiltContent,
    ...referrers: BuiltContent[]
  ): Promise<void>;
}

/** Runs an action with a registry and a folder of its own. */
export async function withScene(
  action: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using cluster = await PodProxyServer.start();
  await using folder = await tempDir();
  const run = async (args: readonly string[], options: FakeIoOptions = {}) => {
    const io = new FakeIo({
      tempDir: folder.path,
      ...options,
      env: { KUBECONFIG: cluster.kubeconfig, ...options.env },
    });
    const code = await main(args, io);
    assert.equal(io.clock.running, 0);
    return { code, stdout: io.stdout.text, stderr: io.stderr.text };
  };
  await action({
    cluster,
    folder,
    run,
    async push(name, content, ...referrers) {
      const layout = folder.file("pushed");
      const entries: LayoutEntry[] = [{ content, name }];
      entries.push(...referrers.map((referrer) => ({ content: referrer })));
      await writeLayout(layout, entries);
      const { code, stderr } = await run(["push", layout]);
      assert.equal(code, 0, stderr);
      await Deno.remove(layout, { recursive: true });
    },
  });
}
