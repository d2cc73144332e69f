import { createHash } from "node:crypto";

/** A registry on loopback that takes blobs for the repository `a`. */
export interface BlobRegistry extends AsyncDisposable {
  /** Host and port. */
  readonly address: string;
  /** The blobs that are whole, by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

const UPLOADS = "/v2/a/blobs/uploads/";

/**
 * Serves uploads as distribution 3 does: what arrived of a broken PATCH stays,
 * a chunk that does not fit gets a 416, and an empty session is `0-0`.
 */
export function blobRegistry(): BlobRegistry {
  const store = new BlobStore();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => store.answer(request),
  );
  return {
    address: `127.0.0.1:${server.addr.port}`,
    blobs: store.blobs,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

class BlobStore {
  readonly blobs = new Map<string, Uint8Array>();
  readonly #sessions = new Map<string, number[]>();
  #nextSession = 1;

  async answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (request.method === "HEAD") return this.#head(pathname);
    if (request.method === "POST") {
      const session = `${UPLOADS}${this.#nextSession++}`;
      this.#sessions.set(session, []);
      return reply(202, { location: session });
    }
    const bytes = this.#sessions.get(pathname);
    if (bytes === undefined) return reply(404);
    if (request.method === "PATCH") return await append(request, bytes);
    if (request.method === "GET") return reply(204, rangeOf(bytes));
    if (request.method === "DELETE") {
      this.#sessions.delete(pathname);
      return reply(204);
    }
    if (!await keep(request, bytes)) return reply(499);
    return this.#close(pathname, searchParams.get("digest") ?? "");
  }

  #head(pathname: string): Response {
    const blob = this.blobs.get(pathname.replace("/v2/a/blobs/", ""));
    if (blob === undefined) return reply(404);
    return reply(200, { "content-length": String(blob.length) });
  }

  #close(session: string, digest: string): Response {
    const blob = new Uint8Array(this.#sessions.get(session) ?? []);
    const actual = createHash("sha256").update(blob).digest("hex");
    if (digest !== `sha256:${actual}`) {
      return Response.json({ errors: [{ code: "DIGEST_INVALID" }] }, {
        status: 400,
      });
    }
    this.blobs.set(digest, blob);
    this.#sessions.delete(session);
    return reply(201, { "docker-content-digest": digest });
  }
}

async function append(request: Request, bytes: number[]): Promise<Response> {
  const start = request.headers.get("content-range")?.split("-")[0];
  if (start !== String(bytes.length)) {
    await request.body?.cancel();
    return reply(416);
  }
  return await keep(request, bytes) ? reply(202, rangeOf(bytes)) : reply(499);
}

/** Keeps what arrives, and tells whether all of it did. */
async function keep(request: Request, bytes: number[]): Promise<boolean> {
  try {
    for await (const piece of request.body ?? []) {
      for (const byte of piece) bytes.push(byte);
    }
    return true;
  } catch {
    return false;
  }
}

function rangeOf(bytes: readonly number[]): Record<string, string> {
  return { range: `0-${Math.max(0, bytes.length - 1)}` };
}

function reply(status: number, headers: HeadersInit = {}): Response {
  return new Response(null, { status, headers });
}
