import { strict as assert } from "node:assert";
import {
  checkCredentials,
  checkKubeconfig,
} from "../../src/cluster/check_kubeconfig.ts";
import { FakeIo } from "../cli/fake_io.ts";
import { fakeConnection } from "../support/fake_connection.ts";
import { toJson } from "../support/images.ts";
import { createAuthority } from "../support/pki.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";

const DAY = 24 * 60 * 60 * 1000;
const SERVER = new URL("https://api.test:6443");

function writeKubeconfig(folder: TempDir, user: object): Promise<string> {
  return folder.write(
    "config",
    toJson({
      "current-context": "lab",
      contexts: [{
        name: "lab",
        context: { cluster: "lab", user: "jane", namespace: "infra" },
      }],
      clusters: [{
        name: "lab",
        cluster: { server: SERVER.href, "insecure-skip-tls-verify": true },
      }],
      users: [{ name: "jane", user }],
    }),
  );
}

Deno.test("checkKubeconfig() names context, cluster, user, namespace and file", async () => {
  await using folder = await tempDir();
  const kubeconfig = await writeKubeconfig(folder, { token: "secret" });
  const host = new FakeIo().kubeHost({ stdinTaken: false });
  const result = await checkKubeconfig({ kubeconfig }, host);
  assert.equal(
    result.text,
    `context "lab", cluster "lab", user "jane", namespace "infra", from ${kubeconfig}`,
  );
  assert.equal(result.status, "warning");
  assert.match(result.advice ?? "", /is not verified/);
  assert.equal(result.value?.server.href, SERVER.href);
  assert.doesNotMatch(JSON.stringify(result.facts), /secret/);
});

Deno.test("checkKubeconfig() throws what any other command does", async () => {
  const host = new FakeIo().kubeHost({ stdinTaken: false });
  await assert.rejects(checkKubeconfig({ kubeconfig: "/nonexistent" }, host), {
    name: "KubeconfigError",
  });
});

Deno.test("checkCredentials() tells how long the client certificate is good", async () => {
  const end = Date.parse("2030-01-31T12:00:00Z");
  const certificate = createAuthority("lab").issue("jane", {
    use: "client",
    notAfter: new Date(end),
  });
  const connection = fakeConnection(SERVER, {
    credentials: () => ({ certificate, authorization: "Bearer x" }),
  });
  const early = await checkCredentials(connection, new Date(end - 30 * DAY));
  assert.equal(early.status, "ok");
  assert.match(
    early.text,
    /^a client certificate and a bearer token, good until 2030-01-31T12:00Z \(30 days\)$/,
  );
  const late = await checkCredentials(connection, new Date(end - 29 * DAY));
  assert.equal(late.status, "warning");
  assert.equal(late.value, connection);
  await assert.rejects(
    checkCredentials(connection, new Date(end + DAY)),
    /client certificate of user "jane" expired on/,
  );
});

Deno.test("checkCredentials() says which kind they are, and never what", async () => {
  const kinds: [string, string][] = [
    ["Bearer s3cret", "a bearer token"],
    ["Basic s3cret", "a user name with a password"],
  ];
  for (const [authorization, text] of kinds) {
    const connection = fakeConnection(SERVER, {
      credentials: () => ({ authorization }),
    });
    const result = await checkCredentials(connection, new Date());
    assert.deepEqual(result, { status: "ok", text, value: connection });
  }
});

Deno.test("checkCredentials() warns of requests in nobody's name", async () => {
  const secure = await checkCredentials(fakeConnection(SERVER), new Date());
  assert.equal(secure.status, "warning");
  const plain = new URL("http://api.test");
  const open = await checkCredentials(fakeConnection(plain), new Date());
  assert.equal(open.status, "ok");
});
