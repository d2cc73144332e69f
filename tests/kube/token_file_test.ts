import { strict as assert } from "node:assert";
import { assertToken, tokenFile } from "../../src/kube/token_file.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

Deno.test("tokenFile() trims and reads again after 50 seconds", async () => {
  const host = memoryKubeHost({ files: { "/token": " first\n" } });
  const token = tokenFile("/token", host);
  assert.equal(await token.get(), "first");
  host.files.set("/token", "second");
  host.time = 49_999;
  assert.equal(await token.get(), "first");
  host.time = 50_000;
  assert.equal(await token.get(), "second");
});

Deno.test("tokenFile() keeps the last good token", async () => {
  const host = memoryKubeHost({ files: { "/token": "first" } });
  const token = tokenFile("/token", host);
  await token.get();
  host.files.delete("/token");
  host.time = 60_000;
  assert.equal(await token.get(), "first");
  host.files.set("/token", "second");
  assert.equal(await token.get(), "second");
});

Deno.test("tokenFile() refuses a file that is missing or empty", async () => {
  const host = memoryKubeHost({ files: { "/empty": " \n" } });
  await assert.rejects(tokenFile("/missing", host).get(), {
    name: "KubeconfigError",
    message: 'Cannot read token file "/missing": no such file or directory',
    path: "/missing",
    field: "tokenFile",
  });
  await assert.rejects(tokenFile("/empty", host).get(), {
    message: 'Cannot read token file "/empty": the file is empty',
  });
});

Deno.test("tokenFile() refuses a token of two lines and does not show it", async () => {
  const host = memoryKubeHost({ files: { "/token": "secret\nlines" } });
  await assert.rejects(tokenFile("/token", host).get(), {
    name: "KubeconfigError",
    message:
      'Cannot use the token of tokenFile "/token": it has characters that no header may hold, such as a line break',
  });
});

Deno.test("assertToken() accepts what a header may hold", () => {
  assertToken("eyJhbGciOi.eyJzdWIi-_.~+/=", "user");
});
