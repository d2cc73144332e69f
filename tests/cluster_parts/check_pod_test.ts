import { strict as assert } from "node:assert";
import { checkPod, checkTarget } from "../../src/cluster/check_pod.ts";
import {
  doctorLink,
  forbidden,
  POD,
  podObject,
  refusal,
} from "./doctor_api.ts";

const INFRA = "/api/v1/namespaces/infra";

Deno.test("checkTarget() takes a Pod as it is named, without a call", async () => {
  const link = doctorLink(() => assert.fail("nothing is to be asked"));
  assert.deepEqual(await checkTarget("https:reg:5000", link), {
    status: "ok",
    text: 'Pod "https:reg:5000" in namespace "infra"',
    facts: { namespace: "infra", segment: "https:reg:5000" },
    value: "https:reg:5000",
  });
});

Deno.test("checkTarget() takes the first Pod of a StatefulSet where a push would", async () => {
  const PROXY = `GET ${INFRA}/pods/reg/proxy/v2/`;
  const there = doctorLink({ [PROXY]: {} });
  const orReplica = true;
  const named = await checkTarget("reg", there, { orReplica });
  assert.equal(named.value, "reg");
  assert.equal(named.text, 'Pod "reg" in namespace "infra"');
  const absent = doctorLink({});
  const replica = await checkTarget("reg", absent, { orReplica });
  assert.equal(replica.value, "reg-0");
  assert.equal(
    replica.text,
    'Pod "reg-0" in namespace "infra", as there is no Pod "reg"',
  );
});

function workload(pod: object): Readonly<Record<string, object>> {
  const labels = { app: "reg" };
  return {
    "GET /apis/apps/v1/namespaces/infra/deployments/reg": {
      spec: { selector: { matchLabels: labels } },
    },
    [`GET ${INFRA}/pods`]: { items: [pod] },
  };
}

Deno.test("checkTarget() chooses a Pod of a workload", async () => {
  const link = doctorLink(workload(podObject()));
  const result = await checkTarget("deployment/reg", link);
  assert.equal(result.value, "reg:5000");
  assert.equal(
    result.text,
    'Pod "reg:5000" of deployment/reg in namespace "infra"',
  );
});

Deno.test("checkTarget() explains why no Pod of a workload is ready", async () => {
  const terminated = { exitCode: 3, message: "no such file" };
  const container = { lastState: { terminated }, restartCount: 2 };
  const link = doctorLink(workload(podObject({ ready: false, container })));
  await assert.rejects(checkTarget("deployment/reg", link), (error: Error) => {
    assert.equal(error.name, "PodSelectionError");
    assert.match(error.message, /none of its Pods is ready/);
    assert.match(
      error.message,
      /exit code 3; restarted 2 times\n.*\n {2}no such/,
    );
    return true;
  });
});

Deno.test("checkPod() is content with a Pod that is ready", async () => {
  const link = doctorLink({ [POD]: podObject() });
  for (const segment of ["reg", "reg:5000", "https:reg:5000", "https:reg:"]) {
    const result = await checkPod(segment, link);
    assert.equal(result.status, "ok", segment);
    assert.equal(result.text, '"reg" is ready and declares port 5000');
    assert.equal(result.value?.pod.name, "reg");
  }
});

Deno.test("checkPod() warns of a port that is not declared", async () => {
  const link = doctorLink({ [POD]: podObject() });
  const other = await checkPod("reg:5001", link);
  assert.equal(other.status, "warning");
  assert.match(
    other.advice ?? "",
    /go to port 5001, which it does not declare/,
  );
  const none = doctorLink({ [POD]: podObject({ ports: [] }) });
  const open = await checkPod("reg", none);
  assert.match(open.advice ?? "", /go to port 80/);
  assert.equal((await checkPod("reg:5000", none)).status, "warning");
});

Deno.test("checkPod() fails for a Pod that is not ready, and says why", async () => {
  const container = { state: { waiting: { reason: "ImagePullBackOff" } } };
  const pod = podObject({ phase: "Pending", ready: false, container });
  const result = await checkPod("reg", doctorLink({ [POD]: pod }));
  assert.equal(result.status, "failed");
  assert.equal(result.fault, "unreachable");
  assert.equal(result.text, 'the Pod "reg" is not ready: ImagePullBackOff');
  assert.match(
    result.advice ?? "",
    /^The node cannot get the image "registry:3"/,
  );
  assert.equal(result.value, undefined);
});

Deno.test("checkPod() only warns whoever may not look", async () => {
  const result = await checkPod("reg", doctorLink({ [POD]: forbidden("it") }));
  assert.equal(result.status, "warning");
  assert.match(result.text, /^cannot look: it is forbidden/);
  assert.equal(result.value, undefined);
});

Deno.test("checkPod() tells a Pod that is absent from a namespace that is", async () => {
  const absent = doctorLink({ [`GET ${INFRA}`]: { kind: "Namespace" } });
  await assert.rejects(checkPod("reg:5000", absent), /pods\/reg" not found/);
  const hidden = doctorLink({ [`GET ${INFRA}`]: forbidden("it") });
  await assert.rejects(checkPod("reg", hidden), /pods\/reg" not found/);
  await assert.rejects(checkPod("reg", doctorLink({})), /infra" not found/);
});

Deno.test("checkPod() names the Pod of a registry up, where that is there", async () => {
  const namespace = { [`GET ${INFRA}`]: { kind: "Namespace" } };
  const up = doctorLink({
    ...namespace,
    [`GET ${INFRA}/pods/reg-0`]: podObject(),
  });
  await assert.rejects(checkPod("reg", up), /\n.*"reg-0": --registry reg-0$/);
  const none = doctorLink(namespace);
  await assert.rejects(checkPod("reg", none), /registry up makes one$/);
});

Deno.test("checkPod() throws when the API server is broken", async () => {
  const link = doctorLink({ [POD]: refusal(500, "etcd") });
  await assert.rejects(checkPod("reg", link), { status: 500 });
});
