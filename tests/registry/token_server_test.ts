import { strict as assert } from "node:assert";
import {
  basicAuthorization,
  fetchToken,
  type RegistryCredentials,
  type RegistryToken,
  type TokenRequest,
} from "../../src/registry/token_server.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";

const JANE: RegistryCredentials = {
  kind: "password",
  username: "jane",
  password: "p:ä",
};

async function ask(
  exchange: ScriptedExchange,
  request: Partial<TokenRequest> = {},
): Promise<RegistryToken | undefined> {
  const tokens: RegistryToken[] = [];
  await withScript([exchange], async (transport) => {
    tokens.push(
      await fetchToken(transport, {
        registry: "registry.test",
        realm: new URL("https://auth.test/token?x=1"),
        service: "the registry",
        scopes: ["repository:a:pull", "repository:b:pull"],
        credentials: undefined,
        ...request,
      }),
    );
  });
  return tokens[0];
}

const ANONYMOUS = {
  request:
    "GET /token?x=1&service=the+registry&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull",
  headers: { authorization: null },
};

Deno.test("fetchToken() asks for a token without a login", async () => {
  const answer = '{"token":"abc","expires_in":300}';
  assert.deepEqual(await ask({ ...ANONYMOUS, text: answer }), {
    value: "abc",
    lifetime: 300_000,
  });
});

Deno.test("fetchToken() takes the name that OAuth has for a token, and no short life", async () => {
  const bare = '{"access_token":"abc","expires_in":1}';
  assert.deepEqual(await ask({ ...ANONYMOUS, text: bare }), {
    value: "abc",
    lifetime: 60_000,
  });
});

Deno.test("fetchToken() sends name and password", async () => {
  await ask({
    request:
      "GET /token?x=1&service=the+registry&scope=repository%3Aa%3Apull&scope=repository%3Ab%3Apull&account=jane",
    // printf 'jane:p:ä' | base64
    headers: { authorization: "Basic amFuZTpwOsOk" },
    text: '{"token":"abc"}',
  }, { credentials: JANE });
  assert.equal(basicAuthorization(JANE), "Basic amFuZTpwOsOk");
});

Deno.test("fetchToken() exchanges an identity token in a form", async () => {
  await ask({
    request: "POST /token?x=1",
    headers: {
      authorization: null,
      "content-type": "application/x-www-form-urlencoded",
    },
    body:
      "grant_type=refresh_token&client_id=k8scr&refresh_token=id%2Btoken&service=the+registry&scope=repository%3Aa%3Apull+repository%3Ab%3Apull",
    text: '{"access_token":"abc"}',
  }, { credentials: { kind: "identity-token", token: "id+token" } });
});

Deno.test("fetchToken() tells what the token server says", async () => {
  await assert.rejects(
    ask({
      ...ANONYMOUS,
      status: 401,
      text: '{"details":"incorrect username or password"}',
    }),
    {
      name: "RegistryError",
      status: 401,
      transient: false,
      message: 'Cannot log in to the registry "registry.test": its token ' +
        'server "auth.test" answers 401, incorrect username or password\n' +
        "Log in first: docker login registry.test",
    },
  );
  await assert.rejects(
    ask({
      ...ANONYMOUS,
      status: 403,
      text: '{"errors":[{"code":"DENIED","message":"no such project"}]}',
    }),
    /answers 403, no such project\n/,
  );
  await assert.rejects(
    ask({
      ...ANONYMOUS,
      status: 503,
      text: "<html>",
      answer: { "retry-after": "2" },
    }),
    { transient: true, retryAfter: 2000 },
  );
});

Deno.test("fetchToken() refuses what is no token", async () => {
  for (const text of ["<html>", "[]", "{}", '{"token":"a b"}', '{"token":7}']) {
    await assert.rejects(
      ask({ ...ANONYMOUS, text }),
      /what its token server sends is no token$/,
      text,
    );
  }
});

Deno.test("fetchToken() follows no redirect", async () => {
  const answer = { location: "https://elsewhere.test/" };
  await assert.rejects(ask({ ...ANONYMOUS, status: 302, answer }), {
    status: 302,
  });
});
