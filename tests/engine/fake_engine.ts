import { join } from "node:path";
import type { BuiltImage } from "../support/images.ts";

/** What a fake engine does with a request. */
export type EngineHandler = (
  request: Request,
  path: string,
) => Response | Promise<Response>;

/** An engine on a real socket, as far as tests need one. */
export interface FakeEngine extends AsyncDisposable {
  /** Path of the socket. */
  readonly path: string;
  /** What `DOCKER_HOST` names it by. */
  readonly address: string;
  /** A folder that is deleted with it. */
  readonly folder: string;
  /** Method and path of every request but pings. */
  readonly requests: readonly string[];
}

/** What real engines say to a ping. */
const PING_HEADERS = { "api-version": "1.41", server: "Docker/28.3.0 (linux)" };

/** Starts an engine that answers pings, and other requests as it is told. */
export async function startFakeEngine(
  handle: EngineHandler = refuseAll,
): Promise<FakeEngine> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "engine.sock");
  const requests: string[] = [];
  const server = Deno.serve({ path, onListen: () => {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/_ping") {
      return new Response("OK", { headers: PING_HEADERS });
    }
    requests.push(`${request.method} ${pathname}${search}`);
    return await handle(request, `${pathname}${search}`);
  });
  return {
    path,
    address: `unix://${path}`,
    folder,
    requests,
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Makes the answer of an engine that refuses. */
export function refusal(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

/** Starts a server on a socket that sends these bytes and closes. */
export async function withRawSocket(
  reply: string,
  action: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "raw.sock");
  const listener = Deno.listen({ transport: "unix", path });
  const serving = serveRaw(listener, reply);
  try {
    await action(path);
  } finally {
    listener.close();
    await serving;
    await Deno.remove(folder, { recursive: true });
  }
}

async function serveRaw(
  listener: Deno.UnixListener,
  reply: string,
): Promise<void> {
  for await (const connection of listener) {
    try {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(reply));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    } finally {
      connection.close();
    }
  }
}

async function refuseAll(request: Request): Promise<Response> {
  await request.body?.cancel();
  return refusal(500, "unexpected request");
}

/** An image that a fake engine has. */
export interface FakeEngineImage {
  /** The name that it is asked for by, with a tag. */
  readonly name: string;
  /** What the engine says about it. */
  readonly document: Record<string, unknown>;
  /** Its export. */
  readonly archive: Uint8Array<ArrayBuffer>;
}

/** Makes an engine that has one image. */
export function serveImage(image: FakeEngineImage): EngineHandler {
  const { name, document, archive } = image;
  return (_, path) => {
    if (path === `/images/${name}/get`) return new Response(archive);
    const names = [name, name.replace(/:latest$/, "")];
    return names.some((one) => path === `/images/${one}/json`)
      ? Response.json(document)
      : refusal(
        404,
        `No such image: ${path.split("/").slice(2, -1).join("/")}`,
      );
  };
}

/** Returns what an engine that keeps images unpacked says about one. */
export function unpackedDocument(
  { configDescriptor, layers }: BuiltImage,
  name: string,
): Record<string, unknown> {
  return {
    Id: configDescriptor.digest,
    RepoTags: [name],
    Size: layers.reduce((sum, { tar }) => sum + tar.length, 0),
    GraphDriver: { Name: "overlay2", Data: { UpperDir: "/upper" } },
    RootFS: { Type: "layers", Layers: layers.map(({ diffId }) => diffId) },
  };
}
