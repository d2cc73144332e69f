import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import { withLogin } from "../../src/registry/registry_login.ts";
import type { RegistryCredentials } from "../../src/registry/token_server.ts";

const ORIGIN = "https://registry.test";
const JANE: RegistryCredentials = {
  kind: "password",
  username: "jane",
  password: "secret",
};
const BEARER = 'Bearer realm="https://auth.test/token",service="registry"';

/** A registry that takes tokens or a password, and its token server. */
class Scene {
  /** `METHOD path authorization` of what came to the registry. */
  readonly seen: string[] = [];
  /** Scopes of the tokens that were given, one text for each. */
  readonly given: string[] = [];
  /** `Authorization` headers that came to the token server. */
  readonly proofs: (string | null)[] = [];
  /** What the registry says when it does not know the caller. */
  challenge = BEARER;
  /** What it takes; every token that was given and not taken back. */
  readonly good = new Set<string>();
  /** Whether tokens are good for something. */
  honest = true;
  credentials: RegistryCredentials | undefined = JANE;
  lookups = 0;
  now = 0;
  readonly send: Transport;

  constructor() {
    const login = withLogin({
      origin: ORIGIN,
      registry: "registry.test",
      credentials: () => {
        this.lookups++;
        return Promise.resolve(this.credentials);
      },
      tokens: (request) => Promise.resolve(this.#giveToken(request)),
      now: () => this.now,
    });
    this.send = login((request) => this.#answer(request));
  }

  get(path: string): Promise<Response> {
    return this.send(new Request(`${ORIGIN}${path}`));
  }

  async #answer(request: Request): Promise<Response> {
    const authorization = request.headers.get("authorization");
    const { origin, pathname } = new URL(request.url);
    await request.body?.cancel();
    const from = origin === ORIGIN ? "" : `${origin} `;
    this.seen.push(`${request.method} ${from}${pathname} ${authorization}`);
    if (authorization !== null && this.good.has(authorization)) {
      return new Response("ok");
    }
    return new Response("no", {
      status: 401,
      headers: { "www-authenticate": this.challenge },
    });
  }

  #giveToken(request: Request): Response {
    const { searchParams } = new URL(request.url);
    this.proofs.push(request.headers.get("authorization"));
    this.given.push(searchParams.getAll("scope").join(" "));
    const token = `t${this.given.length}`;
    if (this.honest) this.good.add(`Bearer ${token}`);
    return Response.json({ token, expires_in: 100 });
  }
}

Deno.test("withLogin() sends nothing before the registry asks for it", async () => {
  const open = withLogin({
    origin: ORIGIN,
    registry: "registry.test",
    credentials: () => assert.fail("nobody asked"),
    tokens: () => assert.fail("nobody asked"),
  })((request) => {
    assert.equal(request.headers.get("authorization"), null);
    return Promise.resolve(new Response("ok"));
  });
  assert.equal((await open(new Request(`${ORIGIN}/v2/`))).status, 200);
});

Deno.test("withLogin() gets a token for each repository and uses it again", async () => {
  const scene = new Scene();
  assert.equal((await scene.get("/v2/")).status, 200);
  await scene.get("/v2/a/manifests/1");
  await scene.get("/v2/a/blobs/sha256:aa");
  await scene.get("/v2/b/manifests/1");
  assert.deepEqual(scene.seen, [
    "GET /v2/ null",
    "GET /v2/ Bearer t1",
    "GET /v2/a/manifests/1 Bearer t2",
    "GET /v2/a/blobs/sha256:aa Bearer t2",
    "GET /v2/b/manifests/1 Bearer t3",
  ]);
  assert.deepEqual(scene.given, ["", "repository:a:pull", "repository:b:pull"]);
  // printf jane:secret | base64
  assert.deepEqual(new Set(scene.proofs), new Set(["Basic amFuZTpzZWNyZXQ="]));
  assert.equal(scene.lookups, 1);
});

Deno.test("withLogin() has a token before it sends a body", async () => {
  const scene = new Scene();
  await scene.get("/v2/");
  const response = await scene.send(
    new Request(`${ORIGIN}/v2/a/blobs/uploads/id`, {
      method: "PATCH",
      body: new Blob(["x"]).stream(),
    }),
  );
  assert.equal(response.status, 200);
  assert.equal(scene.given[1], "repository:a:pull,push");
});

Deno.test("withLogin() shares a token between requests at once", async () => {
  const scene = new Scene();
  await Promise.all(
    [1, 2, 3].map((tag) => scene.get(`/v2/a/manifests/${tag}`)),
  );
  assert.deepEqual(scene.given, ["repository:a:pull"]);
});

Deno.test("withLogin() gets a new token shortly before one expires", async () => {
  const scene = new Scene();
  await scene.get("/v2/a/manifests/1");
  scene.now = 89_000;
  await scene.get("/v2/a/manifests/1");
  assert.equal(scene.given.length, 1);
  scene.now = 90_000;
  await scene.get("/v2/a/manifests/1");
  assert.equal(scene.given.length, 2);
  assert.equal(scene.seen.at(-1), "GET /v2/a/manifests/1 Bearer t2");
});

Deno.test("withLogin() renews a token that the registry takes back", async () => {
  const scene = new Scene();
  await scene.get("/v2/a/manifests/1");
  scene.good.clear();
  assert.equal((await scene.get("/v2/a/manifests/1")).status, 200);
  assert.equal(scene.seen.at(-1), "GET /v2/a/manifests/1 Bearer t2");
});

Deno.test("withLogin() asks for what the registry names, when that is more", async () => {
  const scene = new Scene();
  await scene.get("/v2/");
  scene.honest = false;
  scene.challenge = `${BEARER},scope="repository:group/a:pull"`;
  await assert.rejects(scene.get("/v2/a/manifests/1"), {
    name: "RegistryError",
    status: 401,
  });
  assert.deepEqual(scene.given.slice(1), [
    "repository:a:pull",
    "repository:a:pull repository:group/a:pull",
  ]);
});

Deno.test("withLogin() lets a body be sent again after a new token", async () => {
  const scene = new Scene();
  const patch = () =>
    scene.send(
      new Request(`${ORIGIN}/v2/a/blobs/uploads/id`, {
        method: "PATCH",
        body: new Blob(["x"]).stream(),
      }),
    );
  await scene.get("/v2/");
  assert.equal((await patch()).status, 200);
  scene.good.clear();
  await assert.rejects(patch(), {
    name: "RegistryError",
    transient: true,
    message: 'Cannot finish PATCH at the registry "registry.test": ' +
      "the login had run out and was renewed",
  });
  assert.equal((await patch()).status, 200);
});

Deno.test("withLogin() gives up when a new token helps nothing", async () => {
  const scene = new Scene();
  scene.honest = false;
  await assert.rejects(scene.get("/v2/a/manifests/1"), {
    name: "RegistryError",
    status: 401,
    transient: false,
    message: 'Cannot use the registry "registry.test": it refuses ' +
      '"jane" "repository:a:pull" (status 401)\n' +
      "Check the name of the repository, or log in again: docker login registry.test",
  });
  assert.equal(scene.given.length, 1);
  const anonymous = new Scene();
  anonymous.honest = false;
  anonymous.credentials = undefined;
  await assert.rejects(
    anonymous.get("/v2/"),
    /it refuses callers without a login \(status 401\)/,
  );
});

Deno.test("withLogin() sends name and password to who wants them", async () => {
  const scene = new Scene();
  scene.challenge = 'Basic realm="x"';
  scene.good.add("Basic amFuZTpzZWNyZXQ=");
  await scene.get("/v2/");
  await scene.get("/v2/a/manifests/1");
  assert.deepEqual(scene.seen, [
    "GET /v2/ null",
    "GET /v2/ Basic amFuZTpzZWNyZXQ=",
    "GET /v2/a/manifests/1 Basic amFuZTpzZWNyZXQ=",
  ]);
});

Deno.test("withLogin() says where a login comes from when there is none", async () => {
  const scene = new Scene();
  scene.challenge = 'Basic realm="x"';
  scene.credentials = undefined;
  await assert.rejects(scene.get("/v2/"), {
    name: "RegistryError",
    message: 'Cannot use the registry "registry.test": it wants a login, ' +
      "and Docker's credential store has none for it\n" +
      "Log in first: docker login registry.test",
  });
});

Deno.test("withLogin() refuses a wrong password after one try", async () => {
  const scene = new Scene();
  scene.challenge = 'Basic realm="x"';
  await assert.rejects(scene.get("/v2/"), /it refuses "jane" \(status 401\)/);
  assert.equal(scene.seen.length, 2);
});

Deno.test("withLogin() hands on a token that the registry itself takes", async () => {
  const scene = new Scene();
  scene.credentials = { kind: "registry-token", token: "mine" };
  scene.good.add("Bearer mine");
  assert.equal((await scene.get("/v2/")).status, 200);
  assert.deepEqual(scene.given, []);
});

Deno.test("withLogin() sends nothing to another host", async () => {
  const scene = new Scene();
  await scene.get("/v2/");
  const other = await scene.send(
    new Request("https://other.test/v2/a/manifests/1"),
  );
  assert.equal(other.status, 401);
  assert.equal(
    scene.seen.at(-1),
    "GET https://other.test /v2/a/manifests/1 null",
  );
});

Deno.test("withLogin() asks no token server without TLS for a registry with TLS", async () => {
  for (
    const realm of [
      "http://auth.test/token",
      "https://a:b@auth.test/token",
      "token",
      "",
    ]
  ) {
    const scene = new Scene();
    scene.challenge = `Bearer realm="${realm}"`;
    await assert.rejects(
      scene.get("/v2/"),
      /names the token server ".*", must be an https URL$/,
    );
    assert.deepEqual(scene.given, []);
  }
});

Deno.test("withLogin() names a way to log in that it does not know", async () => {
  const scene = new Scene();
  scene.challenge = "Negotiate";
  await assert.rejects(
    scene.get("/v2/"),
    /wants a login by "negotiate", known are "bearer" and "basic"$/,
  );
});

Deno.test("withLogin() tries again after the token server failed", async () => {
  let failures = 1;
  const send = withLogin({
    origin: ORIGIN,
    registry: "registry.test",
    credentials: () => Promise.resolve(undefined),
    tokens: () =>
      Promise.resolve(
        failures-- > 0
          ? new Response("busy", { status: 503 })
          : Response.json({ token: "good" }),
      ),
  })((request) =>
    Promise.resolve(
      request.headers.get("authorization") === "Bearer good"
        ? new Response("ok")
        : new Response("no", {
          status: 401,
          headers: { "www-authenticate": BEARER },
        }),
    )
  );
  await assert.rejects(send(new Request(`${ORIGIN}/v2/`)), {
    name: "RegistryError",
    transient: true,
  });
  assert.equal((await send(new Request(`${ORIGIN}/v2/`))).status, 200);
});
