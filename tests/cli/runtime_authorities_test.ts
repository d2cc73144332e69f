import { strict as assert } from "node:assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startFakeRawServer } from "../support/fake_raw_server.ts";
import { createAuthority } from "../support/pki.ts";
import { tempDir } from "../support/temp_dir.ts";

const CLIENT = fileURLToPath(new URL("trusting_client.ts", import.meta.url));

/** Connects with another authority than the one that the runtime trusts. */
async function connectAs(mode: "drop" | "keep"): Promise<string> {
  await using dir = await tempDir();
  const system = createAuthority("a public authority");
  const certificate = system.issue("server", {
    use: "server",
    names: ["127.0.0.1"],
  });
  await using server = startFakeRawServer(async (connection) => {
    await connection.readToEnd();
  }, { certificate });
  const systemFile = join(dir.path, "system.pem");
  const namedFile = join(dir.path, "named.pem");
  await Deno.writeTextFile(systemFile, system.cert);
  await Deno.writeTextFile(namedFile, createAuthority("the cluster").cert);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", CLIENT, mode, server.url.port, namedFile],
    env: { DENO_TLS_CA_STORE: "system", SSL_CERT_FILE: systemFile },
    stderr: "inherit",
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("the runtime adds the named authorities to its own", async () => {
  // Where this no longer holds, dropRuntimeAuthorities() can go.
  assert.equal(await connectAs("keep"), "trusted\nsystem\n");
});

Deno.test("dropRuntimeAuthorities() leaves the named ones alone, and the environment", async () => {
  const [reason, variable] = (await connectAs("drop")).split("\n");
  assert.match(reason ?? "", /UnknownIssuer/);
  assert.equal(variable, "system");
});
