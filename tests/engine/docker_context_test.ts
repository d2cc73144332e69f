import { strict as assert } from "node:assert";
import {
  contextEndpoint,
  dockerFolder,
  readTlsFolder,
} from "../../src/engine/docker_context.ts";
import { memoryEngineHost } from "./memory_engine_host.ts";

/** The SHA-256 of `lab`, as `docker context` names the folder. */
const LAB = "a51146d38077ff992eba84cf1d5e9b249073503eb74868699016153b031a38f7";

function contextFiles(
  endpoint: Record<string, unknown>,
): Record<string, string> {
  return {
    [`/home/me/.docker/contexts/meta/${LAB}/meta.json`]: JSON.stringify({
      Name: "lab",
      Endpoints: { docker: endpoint },
    }),
  };
}

const CURRENT = {
  "/home/me/.docker/config.json": JSON.stringify({ currentContext: "lab" }),
};

Deno.test("contextEndpoint() reads the current context", async () => {
  const files = { ...CURRENT, ...contextFiles({ Host: "unix:///lab.sock" }) };
  const host = memoryEngineHost({ HOME: "/home/me" }, { files });
  assert.deepEqual(await contextEndpoint(host), {
    kind: "unix",
    path: "/lab.sock",
    address: "unix:///lab.sock",
    origin: 'the current Docker context "lab"',
  });
});

Deno.test("contextEndpoint() lets DOCKER_CONTEXT win, and reads its certificates", async () => {
  const tls = `/home/me/.docker/contexts/tls/${LAB}/docker`;
  const files = {
    ...contextFiles({ Host: "tcp://build.lab:2376" }),
    [`${tls}/ca.pem`]: "CA",
    [`${tls}/cert.pem`]: "CERT",
    [`${tls}/key.pem`]: "KEY",
  };
  const env = { HOME: "/home/me", DOCKER_CONTEXT: "lab" };
  assert.deepEqual(await contextEndpoint(memoryEngineHost(env, { files })), {
    kind: "tcp",
    url: "https://build.lab:2376",
    address: "tcp://build.lab:2376",
    origin: 'the Docker context "lab"',
    tls: { ca: "CA", cert: "CERT", key: "KEY" },
  });
});

Deno.test("contextEndpoint() knows no engine of the default context", async () => {
  const chosen = memoryEngineHost({
    HOME: "/home/me",
    DOCKER_CONTEXT: "default",
  });
  assert.equal(await contextEndpoint(chosen), undefined);
  assert.equal(await contextEndpoint(memoryEngineHost({})), undefined);
});

Deno.test("contextEndpoint() says that there is no such context", async () => {
  const host = memoryEngineHost({ HOME: "/home/me", DOCKER_CONTEXT: "gone" });
  await assert.rejects(contextEndpoint(host), {
    name: "EngineSettingsError",
    message:
      'Cannot use the Docker context "gone": there is no such context in "/home/me/.docker/contexts"',
  });
});

Deno.test("contextEndpoint() does not leave a certificate unverified", async () => {
  const endpoint = { Host: "tcp://build.lab:2376", SkipTLSVerify: true };
  const files = { ...CURRENT, ...contextFiles(endpoint) };
  const host = memoryEngineHost({ HOME: "/home/me" }, { files });
  await assert.rejects(contextEndpoint(host), {
    name: "EngineSettingsError",
    message: /which is always verified/,
  });
});

Deno.test("readTlsFolder() wants a key with a certificate", async () => {
  const files = { "/tls/cert.pem": "CERT" };
  await assert.rejects(readTlsFolder(memoryEngineHost({}, { files }), "/tls"), {
    name: "EngineSettingsError",
    message:
      'Cannot use the certificate in "/tls": there must be both cert.pem and key.pem',
  });
});

Deno.test("dockerFolder() is DOCKER_CONFIG, else in the home directory", () => {
  const env = { HOME: "/home/me", DOCKER_CONFIG: "/etc/docker-cli" };
  assert.equal(dockerFolder(memoryEngineHost(env)), "/etc/docker-cli");
  assert.equal(dockerFolder(memoryEngineHost({ HOME: "/h" })), "/h/.docker");
  assert.equal(dockerFolder(memoryEngineHost({})), undefined);
});
