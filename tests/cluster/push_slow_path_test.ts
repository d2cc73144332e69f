import { strict as assert } from "node:assert";
import { join } from "node:path";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { kubeconfigOf, kubectl, withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { programPath } from "./support/program.ts";
import { assertDone, push } from "./support/pushes.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { type SlowPath, slowPath } from "./support/slow_path.ts";

const scratch = new Scratch();

const STREAMS = 4;
const STREAM_SIZE = 10 * MEBIBYTE;

/** An address of this host that the API server's certificate names. */
const API_HOST = "10.88.0.1";

Deno.test.afterAll(() => scratch.remove());

Deno.test("push is nearly as quick as curl over a slow and distant path", async () => {
  const layer = { filling: "noise", size: STREAM_SIZE } as const;
  const path = scratch.path("slow.tar");
  const layers = Array.from({ length: STREAMS }, () => layer);
  await writeBigImage(path, "big/slow:1", layers);
  const server = await apiServer();
  await using way = await slowPath({
    roundTrip: 50,
    rate: 20e6,
    loss: 0.5,
  });
  await withNamespace("push-slow", async (namespace) => {
    const registry = await startRegistry(namespace);
    const ours = await secondsOf(async () => {
      assertDone(
        await push(registry, [path, "-s", server], {
          command: [...way.prefix, programPath()],
        }),
      );
    });
    const curls = await secondsOf(() => upload(registry, { server, way }));
    const share = curls / ours;
    assert.ok(share >= 0.9, `${curls} s for curl, ${ours} s for push`);
  });
});

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** The API server's URL, as it is seen from elsewhere. */
async function apiServer(): Promise<string> {
  const form = "jsonpath={.clusters[0].cluster.server}";
  const server = new URL(
    await kubectl(["config", "view", "--minify", "-o", form]),
  );
  server.hostname = API_HOST;
  return server.origin;
}

/** Uploads as much in as many streams, each in one request. */
async function upload(
  { namespace, target }: Registry,
  { server, way }: { readonly server: string; readonly way: SlowPath },
): Promise<void> {
  const content = scratch.path("content");
  await Deno.writeFile(content, await noise());
  const login = await loginFlags();
  const pod = `/api/v1/namespaces/${namespace}/pods/${target}/proxy`;
  const curl = (...args: string[]) =>
    succeed([...way.prefix, "curl", "-sS", "--fail", ...login, ...args]);
  await Promise.all(Array.from({ length: STREAMS }, async () => {
    const uploads = `${server}${pod}/v2/big/curl/blobs/uploads/`;
    const head = await curl("-X", "POST", "-D", "-", "-o", "-", uploads);
    const location = /^location: (\S+)/im.exec(head)?.[1] ?? "";
    const url = new URL(location, server);
    const path = url.pathname.startsWith(pod)
      ? url.pathname
      : `${pod}${url.pathname}`;
    await curl(
      ...["-X", "PATCH", "-T", content, "-o", "-"],
      ...["-H", "content-type: application/octet-stream"],
      `${server}${path}${url.search}`,
    );
  }));
}

async function noise(): Promise<Uint8Array> {
  const pieces = Array.from(
    { length: STREAM_SIZE / 65_536 },
    () => crypto.getRandomValues(new Uint8Array(65_536)),
  );
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

/** The administrator's certificate, as curl takes it. */
async function loginFlags(): Promise<string[]> {
  const config = JSON.parse(
    await succeed([
      ...["kubectl", "--kubeconfig", kubeconfigOf("admin")],
      ...["config", "view", "--minify", "--raw", "--flatten", "-o", "json"],
    ]),
  );
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const folder = await scratch.folder("login");
  const files = {
    "--cacert": cluster["certificate-authority-data"],
    "--cert": user["client-certificate-data"],
    "--key": user["client-key-data"],
  };
  const flags: string[] = [];
  for (const [flag, data] of Object.entries(files)) {
    const path = join(folder, flag.slice(2));
    await Deno.writeTextFile(path, atob(data));
    flags.push(flag, path);
  }
  return flags;
}
