import { strict as assert } from "node:assert";
import {
  failureReason,
  HostFileError,
  hostPath,
  readHostText,
} from "../../src/kube/kube_host.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

Deno.test("hostPath() follows the operating system", () => {
  assert.equal(hostPath({ os: "linux" }).join("a", "b"), "a/b");
  assert.equal(hostPath({ os: "darwin" }).delimiter, ":");
  assert.equal(hostPath({ os: "windows" }).join("a", "b"), "a\\b");
  assert.equal(hostPath({ os: "windows" }).delimiter, ";");
});

Deno.test("readHostText() decodes UTF-8", async () => {
  const host = memoryKubeHost({ files: { "/a": "ü" } });
  assert.equal(await readHostText(host, "/a"), "ü");
  await assert.rejects(readHostText(host, "/b"), HostFileError);
});

Deno.test("failureReason() reads as the middle of a sentence", () => {
  assert.equal(failureReason(new Error("The key is bad")), "the key is bad");
  assert.equal(failureReason(new Error("A list")), "a list");
  assert.equal(failureReason(new Error("TLS is off")), "TLS is off");
  assert.equal(failureReason("text"), "text");
});
