import { strict as assert } from "node:assert";
import {
  explainPodTrouble,
  explainWorkloadTrouble,
} from "../../src/cluster/doctor_pod_trouble.ts";
import { ConfigObject } from "../../src/kube/config_object.ts";
import {
  type Answers,
  doctorLink,
  forbidden,
  podObject,
  type PodObjectOptions,
} from "./doctor_api.ts";

const PODS = "/api/v1/namespaces/infra/pods";
const LOG = `GET ${PODS}/reg/log`;
const EVENTS = "GET /api/v1/namespaces/infra/events";
const LOOK = "Look at it: kubectl describe pod reg -n infra";

function explain(
  options: PodObjectOptions,
  answers: Answers = {},
): Promise<string> {
  const pod = new ConfigObject(podObject({ ...options, ready: false }));
  return explainPodTrouble(pod, doctorLink({ [EVENTS]: {}, ...answers }));
}

const ended = { restartCount: 4, lastState: { terminated: { exitCode: 1 } } };

Deno.test("explainPodTrouble() shows what the program last wrote", async () => {
  const queries: string[] = [];
  const text = await explain({ container: ended }, {
    [LOG]: (request) => {
      queries.push(new URL(request.url).search);
      return new Response("bad config\n\x1b[31mbye\n");
    },
  });
  assert.deepEqual(queries, ["?container=registry&previous=true&tailLines=5"]);
  assert.deepEqual(text.split("\n"), [
    'The container "registry" ended: exit code 1; restarted 4 times',
    "The last that it wrote:",
    "  bad config",
    "  [31mbye",
    LOOK,
  ]);
});

Deno.test("explainPodTrouble() reads the log of a container that did not start again", async () => {
  const state = { terminated: { exitCode: 1 } };
  let query = "";
  await explain({ container: { state } }, {
    [LOG]: (request) => {
      query = new URL(request.url).search;
      return new Response("");
    },
  });
  assert.equal(query, "?container=registry&tailLines=5");
});

Deno.test("explainPodTrouble() takes what the container left, without its log", async () => {
  const terminated = { exitCode: 137, reason: "OOMKilled", message: "a\nb" };
  const container = { restartCount: 1, lastState: { terminated } };
  const text = await explain({ container }, {
    [LOG]: () => assert.fail("the log is not needed"),
  });
  assert.match(text, /ended: it had no memory left: raise its limit; /);
  assert.match(text, /^ {2}a\n {2}b$/m);
});

Deno.test("explainPodTrouble() does without a log that may not be read", async () => {
  const text = await explain({ container: ended }, { [LOG]: forbidden("log") });
  assert.deepEqual(text.split("\n"), [
    'The container "registry" ended: exit code 1; restarted 4 times',
    LOOK,
  ]);
});

Deno.test("explainPodTrouble() tells the last warning where no container tells more", async () => {
  const event = (type: string, reason: string, lastTimestamp: string) => ({
    metadata: { uid: reason },
    type,
    reason,
    message: `${reason} happened`,
    lastTimestamp,
  });
  const text = await explain({ phase: "Pending" }, {
    [EVENTS]: {
      items: [
        event("Warning", "FailedMount", "2026-01-01T00:00:02Z"),
        event("Warning", "FailedScheduling", "2026-01-01T00:00:01Z"),
        event("Normal", "Scheduled", "2026-01-01T00:00:03Z"),
      ],
    },
  });
  assert.deepEqual(text.split("\n"), [
    "The last warning: FailedMount: FailedMount happened",
    LOOK,
  ]);
});

Deno.test("explainWorkloadTrouble() explains the first Pod that is not ready", async () => {
  const queries: string[] = [];
  const link = doctorLink({
    "GET /api/v1/namespaces/infra/services/reg": {
      spec: { selector: { app: "reg", tier: "infra" } },
    },
    [`GET ${PODS}`]: (request) => {
      queries.push(
        new URL(request.url).searchParams.get("labelSelector") ?? "",
      );
      const pod = podObject({ ready: false, container: ended });
      return Response.json({ items: [podObject(), pod] });
    },
    [LOG]: () => new Response("gone"),
  });
  const text = await explainWorkloadTrouble({
    kind: "service",
    name: "reg",
  }, link);
  assert.deepEqual(queries, ["app=reg,tier=infra"]);
  assert.match(text ?? "", /exit code 1/);
});

Deno.test("explainWorkloadTrouble() says nothing about what may not be read", async () => {
  const workload = { kind: "statefulset", name: "reg" } as const;
  assert.equal(
    await explainWorkloadTrouble(workload, doctorLink({})),
    undefined,
  );
});
