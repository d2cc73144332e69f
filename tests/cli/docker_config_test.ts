import { strict as assert } from "node:assert";
import {
  type DockerConfig,
  readDockerConfig,
} from "../../src/cli/docker_config.ts";
import { HostFileError } from "../../src/kube/kube_host.ts";

/** Reads a text as the file at a path. */
function read(
  text: string | undefined,
  env: Record<string, string> = { HOME: "/home/jane" },
  expected = "/home/jane/.docker/config.json",
): Promise<DockerConfig | undefined> {
  return readDockerConfig({
    os: "linux",
    env: (name) => env[name],
    readFile: (path) => {
      assert.equal(path, expected);
      if (text !== undefined) {
        return Promise.resolve(new TextEncoder().encode(text));
      }
      throw new HostFileError("No such file or directory", { missing: true });
    },
  });
}

Deno.test("readDockerConfig() reads helpers and logins", async () => {
  const config = await read(JSON.stringify({
    credHelpers: { "gcr.io": "gcloud" },
    credsStore: "desktop",
    auths: {
      // printf jane:a:b | base64
      "one.test": { auth: "amFuZTphOmI=" },
      "two.test": { identitytoken: "id", auth: "amFuZTphOmI=" },
      "three.test": { registrytoken: "reg" },
      "four.test": { username: "joe", password: "pw" },
      "five.test": {},
      "six.test": { auth: "" },
    },
    HttpHeaders: { "User-Agent": "Docker-Client" },
  }));
  assert.equal(config?.path, "/home/jane/.docker/config.json");
  assert.deepEqual({ ...config?.credHelpers }, { "gcr.io": "gcloud" });
  assert.equal(config?.credsStore, "desktop");
  assert.deepEqual(Object.fromEntries(config?.auths ?? []), {
    "one.test": { kind: "password", username: "jane", password: "a:b" },
    "two.test": { kind: "identity-token", token: "id" },
    "three.test": { kind: "registry-token", token: "reg" },
    "four.test": { kind: "password", username: "joe", password: "pw" },
  });
});

Deno.test("readDockerConfig() looks where Docker looks", async () => {
  const env = { HOME: "/home/jane", DOCKER_CONFIG: "/etc/login" };
  assert.notEqual(await read("{}", env, "/etc/login/config.json"), undefined);
  assert.equal(await read("{}", {}), undefined);
});

Deno.test("readDockerConfig() takes no file for no logins", async () => {
  assert.equal(await read(undefined), undefined);
  const empty = await read("{}");
  assert.equal(empty?.auths.size, 0);
});

Deno.test("readDockerConfig() says what is wrong with the file", async () => {
  const cases: Record<string, string> = {
    "{": "it is not JSON",
    "[]": "the document must be an object",
    '{"auths":[]}': "auths must be an object",
    '{"auths":{"a":{"auth":"%"}}}':
      "auths.a.auth is not NAME:PASSWORD in base64",
    // printf jane | base64
    '{"auths":{"a":{"auth":"amFuZQ=="}}}':
      "auths.a.auth is not NAME:PASSWORD in base64",
    '{"credsStore":7}': "credsStore must be a string",
  };
  for (const [text, reason] of Object.entries(cases)) {
    await assert.rejects(read(text), {
      name: "UsageError",
      message: "Cannot read Docker's configuration " +
        `"/home/jane/.docker/config.json": ${reason}`,
    });
  }
});

Deno.test("readDockerConfig() fails when the file cannot be read", async () => {
  await assert.rejects(
    readDockerConfig({
      os: "linux",
      env: () => "/home/jane",
      readFile: () => {
        throw new HostFileError("Permission denied", { missing: false });
      },
    }),
    {
      name: "UsageError",
      message:
        'Cannot read Docker\'s configuration "/home/jane/config.json": ' +
        "permission denied",
    },
  );
});
