import { strict as assert } from "node:assert";
import { followRedirects } from "../../src/registry/redirects.ts";

type Answer = readonly [status: number, location?: string];

interface Run {
  readonly response: Response;
  /** `METHOD url`, those without the login with a star. */
  readonly seen: readonly string[];
  /** The headers of the last request. */
  readonly headers: Headers;
}

/** Sends a request to hosts that answer as the table says, each URL once. */
async function run(
  answers: Readonly<Record<string, Answer>>,
  request: Request,
): Promise<Run> {
  const seen: string[] = [];
  let headers = new Headers();
  const answer = (mark: string) => (sent: Request) => {
    seen.push(`${mark}${sent.method} ${sent.url}`);
    headers = sent.headers;
    const [status, location] = answers[sent.url] ?? [404];
    return Promise.resolve(
      new Response(sent.method === "HEAD" ? null : "body", {
        status,
        ...location !== undefined && { headers: { location } },
      }),
    );
  };
  const send = followRedirects({
    registry: "registry.test",
    elsewhere: answer("*"),
  })(answer(""));
  return { response: await send(request), seen, headers };
}

const BLOB = "https://registry.test/v2/a/blobs/sha256:aa";
const STORE = "https://store.test/aa?sig=x";

Deno.test("followRedirects() reads elsewhere without the login", async () => {
  const { response, seen, headers } = await run(
    { [BLOB]: [307, STORE], [STORE]: [206] },
    new Request(BLOB, {
      headers: {
        accept: "a/b",
        "accept-encoding": "identity",
        authorization: "Bearer secret",
        cookie: "secret",
        range: "bytes=5-9",
      },
    }),
  );
  assert.equal(response.status, 206);
  assert.equal(await response.text(), "body");
  assert.deepEqual(seen, [`GET ${BLOB}`, `*GET ${STORE}`]);
  assert.deepEqual(Object.fromEntries(headers), {
    accept: "a/b",
    "accept-encoding": "identity",
    range: "bytes=5-9",
  });
});

Deno.test("followRedirects() stays with the registry on its own host", async () => {
  const moved = "https://registry.test/v2/b/blobs/sha256:aa";
  const { seen, headers } = await run(
    { [BLOB]: [302, "/v2/b/blobs/sha256:aa"], [moved]: [200] },
    new Request(BLOB, { method: "HEAD", headers: { "x-mine": "1" } }),
  );
  assert.deepEqual(seen, [`HEAD ${BLOB}`, `HEAD ${moved}`]);
  assert.equal(headers.get("x-mine"), "1");
});

Deno.test("followRedirects() never leaves TLS", async () => {
  await assert.rejects(
    run({ [BLOB]: [307, "http://store.test/aa"] }, new Request(BLOB)),
    {
      name: "RegistryError",
      message: 'Cannot read "/v2/a/blobs/sha256:aa" from the registry ' +
        '"registry.test": it redirects from "https:" to "http:"',
    },
  );
  const plain = "http://localhost:5000/v2/a/blobs/sha256:aa";
  const { response } = await run(
    { [plain]: [307, "http://store.test/aa"], "http://store.test/aa": [200] },
    new Request(plain),
  );
  assert.equal(response.status, 200);
});

Deno.test("followRedirects() refuses what is no way", async () => {
  const cases: Record<string, Answer> = {
    "it redirects to nowhere": [307],
    "it redirects to what is no address": [307, "https://a:b@store.test/"],
    'it redirects from "https:" to "file:"': [307, "file:///etc/passwd"],
    "it redirects more than 5 times": [307, BLOB],
  };
  for (const [reason, answer] of Object.entries(cases)) {
    await assert.rejects(
      run({ [BLOB]: answer }, new Request(BLOB)),
      (error) => error instanceof Error && error.message.endsWith(reason),
      reason,
    );
  }
});

Deno.test("followRedirects() leaves writes and other answers as they are", async () => {
  const upload = "https://registry.test/v2/a/blobs/uploads/";
  const write = await run(
    { [upload]: [307, STORE] },
    new Request(upload, { method: "POST" }),
  );
  assert.equal(write.response.status, 307);
  await write.response.body?.cancel();
  const cached = await run(
    { [BLOB]: [304] },
    new Request(BLOB, {
      method: "HEAD",
    }),
  );
  assert.equal(cached.response.status, 304);
});

Deno.test("followRedirects() takes referrers that lead away for none", async () => {
  const referrers = "https://registry.test/v2/a/referrers/sha256:aa";
  const { response, seen } = await run(
    { [referrers]: [302, "https://pages.test/"] },
    new Request(referrers),
  );
  assert.equal(response.status, 404);
  assert.deepEqual(seen, [`GET ${referrers}`]);
});
