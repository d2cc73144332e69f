import { strict as assert } from "node:assert";
import {
  type RegistryStatus,
  statusJson,
  statusText,
} from "../../src/cli/registry_status_report.ts";

const STATUS: RegistryStatus = {
  registry: { name: "images", namespace: "infra" },
  state: {
    uid: "1",
    image: "registry:3",
    software: "",
    storage: "",
    isOurs: false,
    replicas: 2,
    isSettled: false,
    pods: [
      {
        name: "images-0",
        uid: "2",
        node: "node-1",
        isReady: true,
        state: "Running",
        restarts: 1,
        lastWords: "",
      },
      {
        name: "images-1",
        uid: "3",
        node: "",
        isReady: false,
        state: "Pending",
        restarts: 0,
        lastWords: "",
      },
    ],
  },
  usage: {
    bytes: 1_500_000,
    limit: 2_000_000_000,
    free: 500_000_000,
    version: "0.1.0",
  },
  obstacle: {
    text: "Pod images-1 is Pending",
    advice: "See kubectl describe pod images-1 -n infra",
    isFinal: false,
  },
};

Deno.test("statusText() leaves out what is not known", () => {
  assert.equal(
    statusText(STATUS),
    "registry       images in namespace infra\n" +
      "state          not ready\n" +
      "image          registry:3\n" +
      "version        0.1.0\n" +
      "images-0       Running on node-1, started again once\n" +
      "images-1       Pending\n" +
      "storage        1.5 MB used of 2.0 GB, 500 MB left\n" +
      "why not ready  Pod images-1 is Pending\n" +
      "See kubectl describe pod images-1 -n infra\n",
  );
});

Deno.test("statusJson() has what statusText() has, and no words for nothing", () => {
  assert.deepEqual(JSON.parse(statusJson(STATUS)), {
    name: "images",
    namespace: "infra",
    ready: false,
    reason: "Pod images-1 is Pending",
    image: "registry:3",
    version: "0.1.0",
    replicas: 2,
    pods: [
      {
        name: "images-0",
        node: "node-1",
        ready: true,
        state: "Running",
        restarts: 1,
      },
      { name: "images-1", ready: false, state: "Pending", restarts: 0 },
    ],
    bytesUsed: 1_500_000,
    bytesLimit: 2_000_000_000,
    bytesLeft: 500_000_000,
  });
});
