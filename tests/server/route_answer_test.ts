import { strict as assert } from "node:assert";
import {
  errorCode,
  pushBlob,
  withDirectory,
  withRegistry,
  withRegistryOn,
} from "./registry_fixture.ts";

Deno.test("the root says which registry it is", async () => {
  await withRegistry(async (registry) => {
    for (const path of ["/v2", "/v2/"]) {
      const { status, text, headers } = await registry.send("GET", path);
      assert.equal(status, 200);
      assert.equal(text, "{}");
      assert.equal(
        headers.get("docker-distribution-api-version"),
        "registry/2.0",
      );
    }
  });
});

Deno.test("a method that is not there is a 405 which names the others", async () => {
  await withRegistry(async (registry) => {
    const refused: [method: string, path: string, allowed: string][] = [
      ["PUT", "/v2/", "GET, HEAD"],
      ["GET", "/v2/a/blobs/uploads/", "POST"],
      ["POST", "/v2/a/manifests/v1", "GET, HEAD, PUT, DELETE"],
      ["DELETE", "/v2/a/tags/list", "GET, HEAD"],
      ["POST", "/healthz", "GET, HEAD"],
    ];
    for (const [method, path, allowed] of refused) {
      const answer = await registry.send(method, path);
      assert.equal(answer.status, 405, path);
      assert.equal(errorCode(answer), "UNSUPPORTED");
      assert.equal(answer.headers.get("allow"), allowed);
    }
    const other = await registry.send("GET", "/favicon.ico");
    assert.equal(other.status, 404);
  });
});

Deno.test("a read-only registry serves and refuses", async () => {
  await withDirectory(async (dataDir) => {
    let digest = "";
    await withRegistryOn(dataDir, async (registry) => {
      digest = await pushBlob(registry, "a", "hello");
    });
    await withRegistryOn(dataDir, async (registry) => {
      const path = `/v2/a/blobs/${digest}`;
      assert.equal((await registry.send("GET", path)).text, "hello");
      assert.equal((await registry.send("HEAD", path)).status, 200);
      for (
        const [method, path] of [
          ["DELETE", `/v2/a/blobs/${digest}`],
          ["POST", "/v2/a/blobs/uploads/"],
          ["PUT", "/v2/a/manifests/v1"],
          ["DELETE", "/v2/a/manifests/v1"],
        ] as const
      ) {
        const answer = await registry.send(method, path);
        assert.equal(answer.status, 405);
        assert.match(answer.text, /it is read-only/);
      }
      assert.equal((await registry.send("GET", "/readyz")).status, 200);
      await assert.rejects(
        registry.server.collectGarbage(),
        /the registry is read-only/,
      );
    }, { readOnly: true });
  });
});

Deno.test("health checks say whether the store is there", async () => {
  await withRegistry(async (registry) => {
    assert.equal((await registry.send("GET", "/healthz")).text, "ok\n");
    assert.equal((await registry.send("GET", "/readyz")).text, "ok\n");
    await Deno.remove(`${registry.dataDir}/docker`, { recursive: true });
    const gone = await registry.send("GET", "/readyz");
    assert.equal(gone.status, 503);
    assert.equal((await registry.send("GET", "/healthz")).status, 200);
  });
});
