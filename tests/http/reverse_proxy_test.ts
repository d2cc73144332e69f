import { strict as assert } from "node:assert";
import { request as httpRequest } from "node:http";
import { ConnectionError } from "../../src/http/connection_error.ts";
import {
  type FailedCall,
  type ReverseProxyOptions,
  startReverseProxy,
} from "../../src/http/reverse_proxy.ts";
import type { Transport } from "../../src/http/transport.ts";

interface Scene {
  readonly url: string;
  /** What could not be forwarded, or broke. */
  readonly failures: { error: unknown; call: FailedCall }[];
  close(): Promise<void>;
}

async function withProxy(
  transport: Transport,
  action: (scene: Scene) => Promise<void>,
  options: Partial<ReverseProxyOptions> = {},
): Promise<void> {
  const failures: Scene["failures"] = [];
  const proxy = startReverseProxy(transport, {
    hostname: "127.0.0.1",
    port: 0,
    explain(error, call) {
      failures.push({ error, call });
      return Response.json({ explained: true }, { status: 503 });
    },
    onBroken: (error, call) => failures.push({ error, call }),
    retry: { sleep: () => Promise.resolve() },
    ...options,
  });
  const url = `http://127.0.0.1:${proxy.port}`;
  try {
    await action({ url, failures, close: () => proxy.close() });
  } finally {
    await proxy.close();
  }
}

function failure(
  stage: ConnectionError["stage"],
  transient = true,
): ConnectionError {
  const address = "api.example:443";
  return new ConnectionError("No way", { address, stage, transient });
}

/** Sends a request as bytes and returns what comes back until `end` is in it. */
async function exchangeBytes(
  url: string,
  text: string,
  end?: string,
): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  let answer = "";
  const buffer = new Uint8Array(4096);
  for (;;) {
    const count = await connection.read(buffer);
    if (count === null) return answer;
    answer += decoder.decode(buffer.subarray(0, count), { stream: true });
    if (end !== undefined && answer.includes(end)) return answer;
  }
}

Deno.test("startReverseProxy() forwards method, target, headers and body", async () => {
  const seen: string[] = [];
  await withProxy(async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(
      `${request.method} ${pathname}${search}`,
      `length ${request.headers.get("content-length")}`,
      `type ${request.headers.get("content-type")}`,
      `authorization ${request.headers.get("authorization")}`,
      await request.text(),
    );
    const headers = { location: "/a/2?b=%3D", "x-a": "1" };
    return new Response(null, { status: 202, headers });
  }, async ({ url, failures }) => {
    const answer = await fetch(`${url}/a/1?_state=x%3D%3D&digest=sha256:0`, {
      method: "PATCH",
      headers: {
        "authorization": "Basic c2VjcmV0",
        "content-type": "application/octet-stream",
      },
      body: new Uint8Array([104, 105]),
    });
    await answer.body?.cancel();
    assert.equal(answer.status, 202);
    assert.equal(answer.headers.get("location"), "/a/2?b=%3D");
    assert.equal(answer.headers.get("x-a"), "1");
    assert.deepEqual(seen, [
      "PATCH /a/1?_state=x%3D%3D&digest=sha256:0",
      "length 2",
      "type application/octet-stream",
      "authorization null",
      "hi",
    ]);
    assert.deepEqual(failures, []);
  });
});

Deno.test("startReverseProxy() tells a body of unknown length from none", async () => {
  const seen: string[] = [];
  await withProxy(async (request) => {
    const length = request.headers.get("content-length");
    const body = request.body === null ? "none" : await request.text();
    seen.push(`${request.method} ${length} ${body}`);
    return new Response(null, { status: 204 });
  }, async ({ url }) => {
    const stream = new Blob(["abc"]).stream();
    await fetch(url, { method: "PUT", body: stream });
    await fetch(url, { method: "POST" });
    await fetch(url, { method: "DELETE" });
    await fetch(url);
    assert.deepEqual(seen, [
      "PUT null abc",
      "POST null none",
      "DELETE null none",
      "GET null none",
    ]);
  });
});

Deno.test("startReverseProxy() gives answers back byte for byte, with their length", async () => {
  const json = JSON.stringify({ text: "a".repeat(5000) });
  await withProxy((request) => {
    const headers = {
      "content-length": String(json.length),
      "content-type": "application/json",
      "docker-content-digest": "sha256:0",
    };
    const body = request.method === "HEAD" ? null : json;
    return Promise.resolve(new Response(body, { headers }));
  }, async ({ url }) => {
    // Only a client that asks for it as bytes sees whether it was compressed.
    const answer = await exchangeBytes(
      url,
      "GET /a HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n" +
        "Connection: close\r\n\r\n",
    );
    const [head = "", body] = answer.split("\r\n\r\n");
    assert.equal(body, json);
    assert.doesNotMatch(head, /content-encoding/i);
    assert.match(head, /^content-length: 5011$/im);
    const { status, headers } = await fetch(url, { method: "HEAD" });
    assert.equal(status, 200);
    assert.equal(headers.get("content-length"), "5011");
    assert.equal(headers.get("docker-content-digest"), "sha256:0");
  });
});

Deno.test("startReverseProxy() passes ranges on", async () => {
  await withProxy((request) => {
    assert.equal(request.headers.get("range"), "bytes=1-2");
    const headers = { "content-range": "bytes 1-2/4", "content-length": "2" };
    return Promise.resolve(new Response("bc", { status: 206, headers }));
  }, async ({ url }) => {
    const answer = await fetch(url, { headers: { range: "bytes=1-2" } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers.get("content-range"), "bytes 1-2/4");
    assert.equal(await answer.text(), "bc");
  });
});

Deno.test("startReverseProxy() repeats what is safe to repeat", async () => {
  const errors: Error[] = [failure("transfer"), failure("stall")];
  const seen: string[] = [];
  await withProxy((request) => {
    seen.push(request.method);
    const error = errors.pop();
    if (error !== undefined) throw error;
    return Promise.resolve(new Response("ok"));
  }, async ({ url, failures }) => {
    assert.equal(await (await fetch(url)).text(), "ok");
    assert.deepEqual(seen, ["GET", "GET", "GET"]);
    assert.deepEqual(failures, []);
  });
});

Deno.test("startReverseProxy() repeats a request with a body of which nothing was sent", async () => {
  const errors: Error[] = [failure("tls"), failure("connect")];
  await withProxy(async (request) => {
    const error = errors.pop();
    if (error !== undefined) throw error;
    return new Response(await request.text());
  }, async ({ url, failures }) => {
    const answer = await fetch(url, { method: "PUT", body: "content" });
    assert.equal(await answer.text(), "content");
    assert.deepEqual(failures, []);
  });
});

Deno.test("startReverseProxy() does not repeat what may have arrived, or cannot differ", async () => {
  let tries = 0;
  let error = failure("transfer");
  await withProxy(async (request) => {
    tries += 1;
    await request.body?.getReader().read();
    throw error;
  }, async ({ url, failures }) => {
    for (const method of ["PATCH", "PUT"]) {
      const answer = await fetch(url, { method, body: "content" });
      assert.equal(answer.status, 503);
      assert.deepEqual(await answer.json(), { explained: true });
    }
    assert.equal(tries, 2);
    error = failure("tls", false);
    await (await fetch(`${url}/a?secret=1`)).body?.cancel();
    assert.equal(tries, 3);
    assert.equal(failures.length, 3);
    assert.deepEqual(failures[2], {
      error,
      call: { method: "GET", path: "/a" },
    });
  });
});

Deno.test("startReverseProxy() gives the answers of the other side up to no retry", async () => {
  let tries = 0;
  await withProxy(() => {
    tries += 1;
    return Promise.resolve(new Response("busy", { status: 503 }));
  }, async ({ url, failures }) => {
    const answer = await fetch(url);
    assert.equal(answer.status, 503);
    assert.equal(await answer.text(), "busy");
    assert.equal(tries, 1);
    assert.deepEqual(failures, []);
  });
});

Deno.test("startReverseProxy() explains a failure to HEAD without a body", async () => {
  await withProxy(
    () => Promise.reject(failure("lookup", false)),
    async ({ url }) => {
      const answer = await fetch(url, { method: "HEAD" });
      assert.equal(answer.status, 503);
      assert.equal(answer.body, null);
    },
  );
});

Deno.test("startReverseProxy() refuses foreign calls before anything is sent", async () => {
  let tries = 0;
  await withProxy(() => {
    tries += 1;
    return Promise.resolve(new Response());
  }, async ({ url, failures }) => {
    for (const line of ["Host: evil.example", "Host: a\r\nOrigin: http://b"]) {
      const answer = await exchangeBytes(
        url,
        `POST /a HTTP/1.1\r\n${line}\r\nContent-Length: 2\r\n` +
          "Connection: close\r\n\r\nhi",
      );
      assert.match(answer, /^HTTP\/1\.1 503 /);
    }
    assert.equal(tries, 0);
    assert.equal(failures.length, 2);
  });
});

Deno.test("startReverseProxy() lets a client that still sends see the refusal", async () => {
  await withProxy(
    () => Promise.resolve(new Response("too large", { status: 413 })),
    async ({ url }) => {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const request = httpRequest(url, { method: "PUT" }, (answer) => {
        let text = `${answer.statusCode} `;
        answer.on("data", (piece) => text += piece);
        answer.on("end", () => resolve(text));
      });
      request.on("error", reject);
      request.end(new Uint8Array(16 * 1024 * 1024));
      assert.equal(await promise, "413 too large");
    },
  );
});

Deno.test("startReverseProxy() ends the forwarding when the client goes", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await withProxy(async (request) => {
    try {
      return new Response(await request.text());
    } catch (error) {
      resolve(error);
      throw error;
    }
  }, async ({ url, failures }) => {
    const { hostname, port } = new URL(url);
    {
      using connection = await Deno.connect({ hostname, port: Number(port) });
      const head = "PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
        "Content-Length: 10\r\n\r\nabc";
      await connection.write(new TextEncoder().encode(head));
    }
    assert.match(String(await promise), /The client closed the connection/);
    assert.deepEqual(failures, []);
  });
});

Deno.test("startReverseProxy() breaks an answer off that broke behind it", async () => {
  const reason = failure("transfer");
  await withProxy(() => {
    let pieces = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pieces += 1;
        if (pieces > 2) controller.error(reason);
        else controller.enqueue(new Uint8Array(10));
      },
    }, { highWaterMark: 0 });
    const headers = { "content-length": "100" };
    return Promise.resolve(new Response(body, { headers }));
  }, async ({ url, failures }) => {
    await assert.rejects(async () => await (await fetch(url)).bytes());
    assert.deepEqual(failures, [
      { error: reason, call: { method: "GET", path: "/" } },
    ]);
  });
});

Deno.test("startReverseProxy() gives clients up that are silent in the middle", async () => {
  await withProxy(
    async (request) => new Response(await request.text()),
    async ({ url, failures }) => {
      const answer = await exchangeBytes(
        url,
        "PUT / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\nabc",
        "\r\n\r\n",
      );
      assert.match(answer, /^HTTP\/1\.1 503 /);
      assert.match(String(failures[0]?.error), /the client sends nothing/);
    },
    { clientTimeout: 20 },
  );
});

Deno.test("startReverseProxy() breaks off what runs when it is closed", async () => {
  const { promise: arrived, resolve } = Promise.withResolvers<AbortSignal>();
  await withProxy(({ signal }) => {
    resolve(signal);
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  }, async ({ url, failures, close }) => {
    const answer = fetch(url);
    const signal = await arrived;
    await close();
    assert.equal(signal.aborted, true);
    const { status, body } = await answer;
    await body?.cancel();
    assert.equal(status, 503);
    assert.match(String(failures[0]?.error), /is about to end/);
    await assert.rejects(fetch(url));
  });
});

Deno.test("startReverseProxy() tells when the port is taken", () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  assert.throws(
    () =>
      startReverseProxy(() => Promise.reject(new Error("Unused")), {
        hostname: "127.0.0.1",
        port: listener.addr.port,
        explain: () => new Response(),
      }),
    Deno.errors.AddrInUse,
  );
});
