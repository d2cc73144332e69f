import { strict as assert } from "node:assert";
import {
  findDockerCredentials,
  type HelperResult,
} from "../../src/cli/docker_credentials.ts";
import { parseRegistryHost } from "../../src/registry/registry_host.ts";
import type { RegistryCredentials } from "../../src/registry/token_server.ts";

interface Store {
  /** `config.json`. */
  readonly config: object;
  /** What a helper answers. */
  readonly answer?: Partial<HelperResult>;
}

/** Looks a registry up, and tells which helper was asked for what. */
async function find(
  registry: string,
  { config, answer }: Store,
): Promise<{ found: RegistryCredentials | undefined; asked: string[] }> {
  const asked: string[] = [];
  const found = await findDockerCredentials(parseRegistryHost(registry), {
    os: "linux",
    env: () => "/home/jane",
    readFile: () =>
      Promise.resolve(new TextEncoder().encode(JSON.stringify(config))),
    runHelper: (program, input) => {
      asked.push(`${program} ${input}`);
      return Promise.resolve({ code: 0, stdout: "", stderr: "", ...answer });
    },
  });
  return { found, asked };
}

// printf jane:pw | base64
const AUTH = { auth: "amFuZTpwdw==" };
const JANE = { kind: "password", username: "jane", password: "pw" };

Deno.test("findDockerCredentials() finds a registry in the file", async () => {
  const config = { auths: { "reg.test:5000": AUTH } };
  assert.deepEqual((await find("reg.test:5000", { config })).found, JANE);
  assert.equal((await find("reg.test", { config })).found, undefined);
  assert.equal((await find("other.test", { config })).found, undefined);
});

Deno.test("findDockerCredentials() finds keys that are URLs", async () => {
  const config = { auths: { "https://reg.test/v2/": AUTH } };
  assert.deepEqual((await find("reg.test", { config })).found, JANE);
});

Deno.test("findDockerCredentials() finds Docker Hub by its old name", async () => {
  const config = { auths: { "https://index.docker.io/v1/": AUTH } };
  assert.deepEqual((await find("docker.io", { config })).found, JANE);
  const answer = { stdout: '{"Username":"jane","Secret":"pw"}' };
  const { asked } = await find("docker.io", {
    config: { credsStore: "pass" },
    answer,
  });
  assert.deepEqual(asked, [
    "docker-credential-pass https://index.docker.io/v1/",
  ]);
});

Deno.test("findDockerCredentials() asks the registry's own helper first", async () => {
  const config = {
    credHelpers: { "reg.test": "mine" },
    credsStore: "all",
    auths: { "reg.test": AUTH },
  };
  const answer = {
    stdout: '{"ServerURL":"reg.test","Username":"joe","Secret":"s"}\n',
  };
  const own = await find("reg.test", { config, answer });
  assert.deepEqual(own.asked, ["docker-credential-mine reg.test"]);
  assert.deepEqual(own.found, {
    kind: "password",
    username: "joe",
    password: "s",
  });
  const other = await find("other.test", { config, answer });
  assert.deepEqual(other.asked, ["docker-credential-all other.test"]);
});

Deno.test("findDockerCredentials() knows an identity token of a helper", async () => {
  const { found } = await find("reg.test", {
    config: { credsStore: "all" },
    answer: { stdout: '{"Username":"<token>","Secret":"id"}' },
  });
  assert.deepEqual(found, { kind: "identity-token", token: "id" });
});

Deno.test("findDockerCredentials() reads the file when a helper knows nothing", async () => {
  const config = { credsStore: "all", auths: { "reg.test": AUTH } };
  const unknown = {
    code: 1,
    stdout: "credentials not found in native keychain\n",
  };
  assert.deepEqual(
    (await find("reg.test", { config, answer: unknown })).found,
    JANE,
  );
  const empty = { stdout: '{"Username":"","Secret":""}' };
  assert.deepEqual(
    (await find("reg.test", { config, answer: empty })).found,
    JANE,
  );
});

Deno.test("findDockerCredentials() tells what a helper says", async () => {
  const config = { credsStore: "all" };
  await assert.rejects(
    find("reg.test", {
      config,
      answer: { code: 1, stdout: "the keychain is locked\nmore" },
    }),
    {
      message: 'Cannot get the login for "reg.test" from ' +
        '"docker-credential-all": it ends with 1, the keychain is locked\n' +
        "Try it: echo reg.test | docker-credential-all get",
    },
  );
});

Deno.test("findDockerCredentials() shows nothing of an answer that it does not understand", async () => {
  await assert.rejects(
    find("reg.test", {
      config: { credsStore: "all" },
      answer: { stdout: "hunter2" },
    }),
    (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, /its answer is not \{"Username"/);
      assert.doesNotMatch(`${error.stack}${error.cause}`, /hunter2/);
      return true;
    },
  );
});
