import { strict as assert } from "node:assert";
import {
  parseRegistryFlag,
  RegistryFlagSyntaxError,
} from "../../src/kube/registry_flag.ts";

Deno.test("parseRegistryFlag() writes a Pod as the Pod proxy takes it", () => {
  const table: readonly [string, string][] = [
    ["k8scr", "k8scr"],
    ["k8scr:5000", "k8scr:5000"],
    ["https:k8scr:5000", "https:k8scr:5000"],
    ["https:k8scr", "https:k8scr:"],
    ["http:k8scr:5000", "http:k8scr:5000"],
    ["pod/reg-0:5000", "reg-0:5000"],
    ["po/reg.x", "reg.x"],
    ["http:5000", "http:5000"],
  ];
  for (const [text, segment] of table) {
    const locator = parseRegistryFlag(text);
    assert.equal(locator.kind === "pod" && locator.segment, segment, text);
  }
});

Deno.test("parseRegistryFlag() reads workloads and Services", () => {
  assert.deepEqual(parseRegistryFlag("deploy/reg"), {
    kind: "deployment",
    name: "reg",
  });
  assert.deepEqual(parseRegistryFlag("https:svc/reg:web"), {
    kind: "service",
    name: "reg",
    scheme: "https",
    port: "web",
  });
  assert.deepEqual(parseRegistryFlag("statefulset/reg:5000"), {
    kind: "statefulset",
    name: "reg",
    port: "5000",
  });
});

Deno.test("parseRegistryFlag() refuses what the API server would panic or stumble on", () => {
  const refused = [
    "",
    ":5000",
    "k8scr:web",
    "k8scr:0",
    "k8scr:65536",
    "k8scr:1e3",
    "k8scr:5000:1",
    "ftp:k8scr:1",
    "K8scr",
    "a/b/c",
    "node/x",
    "../x",
    "x?y",
    "deployment/",
    "deployment/x:-",
    "https:",
  ];
  for (const text of refused) {
    assert.throws(() => parseRegistryFlag(text), RegistryFlagSyntaxError, text);
  }
});
