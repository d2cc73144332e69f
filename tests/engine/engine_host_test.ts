import { strict as assert } from "node:assert";
import { homeDirectory, setting } from "../../src/engine/engine_host.ts";
import { memoryEngineHost } from "./memory_engine_host.ts";

Deno.test("homeDirectory() is HOME, else that of Windows, else none", () => {
  assert.equal(
    homeDirectory(memoryEngineHost({ HOME: "/home/me" })),
    "/home/me",
  );
  const windows = memoryEngineHost({ HOME: "", USERPROFILE: "C:\\me" });
  assert.equal(homeDirectory(windows), "C:\\me");
  assert.equal(homeDirectory(memoryEngineHost({})), undefined);
});

Deno.test("setting() takes an empty variable for none", () => {
  const host = memoryEngineHost({ DOCKER_HOST: "", DOCKER_CONTEXT: "lab" });
  assert.equal(setting(host, "DOCKER_HOST"), undefined);
  assert.equal(setting(host, "DOCKER_CONTEXT"), "lab");
});
