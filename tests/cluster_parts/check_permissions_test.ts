import { strict as assert } from "node:assert";
import { checkPermissions } from "../../src/cluster/check_permissions.ts";
import type { DoctorLink } from "../../src/cluster/doctor_link.ts";
import { doctorLink, refusal } from "./doctor_api.ts";

const REVIEW = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

function allowing(
  verbs: readonly string[],
  questions: unknown[] = [],
): DoctorLink {
  return doctorLink({
    [REVIEW]: async (request) => {
      const { spec, ...rest } = await request.json();
      questions.push({ ...rest, ...spec });
      const { verb } = spec.resourceAttributes;
      return Response.json({ status: { allowed: verbs.includes(verb) } });
    },
  });
}

Deno.test("checkPermissions() asks for each verb on the whole segment", async () => {
  const questions: unknown[] = [];
  const link = allowing([], questions);
  await checkPermissions(link, { segment: "https:reg:5000" });
  assert.deepEqual(questions[0], {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    resourceAttributes: {
      group: "",
      resource: "pods",
      subresource: "proxy",
      namespace: "infra",
      verb: "get",
      name: "https:reg:5000",
    },
  });
  const verbs = questions.map((question) =>
    JSON.stringify(question).match(/"verb":"(\w+)"/)?.[1]
  );
  assert.deepEqual(verbs, ["get", "create", "update", "patch", "delete"]);
});

Deno.test("checkPermissions() is content without delete", async () => {
  const link = allowing(["get", "create", "update", "patch"]);
  assert.deepEqual(await checkPermissions(link, { segment: "reg:5000" }), {
    status: "ok",
    text:
      'you may get, create, update, patch pods/proxy "reg:5000" in namespace "infra", not delete, which a push does not need',
    facts: {
      resource: "pods/proxy",
      name: "reg:5000",
      get: true,
      create: true,
      update: true,
      patch: true,
      delete: false,
    },
    value: {
      get: true,
      create: true,
      update: true,
      patch: true,
      delete: false,
    },
  });
});

Deno.test("checkPermissions() prints the Role that is missing, for the user", async () => {
  const link = allowing([]);
  const result = await checkPermissions(link, {
    segment: "reg:5000",
    name: "jane",
  });
  assert.equal(result.status, "failed");
  assert.equal(result.fault, "forbidden");
  assert.match(result.text, /^you may not get, create, update, patch /);
  assert.match(result.advice ?? "", /^ {2}resourceNames: \["reg:5000"\]$/m);
  assert.match(result.advice ?? "", /name: "jane"/);
  assert.equal(result.value, undefined);
});

Deno.test("checkPermissions() says which command makes the Role", async () => {
  const names = [
    ["jane", "--user jane"],
    ["jane doe", '--user "jane doe"'],
    ["system:serviceaccount:ci:builder", "--serviceaccount ci:builder"],
  ] as const;
  for (const [name, flag] of names) {
    const { advice } = await checkPermissions(allowing([]), {
      segment: "reg:5000",
      name,
    });
    assert.equal(
      advice?.split("\n")[0],
      `This Role would allow it (k8scr rbac -n infra -r reg:5000 ${flag} --apply makes it):`,
    );
  }
});

Deno.test("checkPermissions() lets whoever may read go on", async () => {
  const result = await checkPermissions(allowing(["get"]), { segment: "reg" });
  assert.equal(result.status, "failed");
  assert.match(result.text, /^you may not create, update, patch /);
  assert.equal(result.value?.get, true);
  assert.equal(result.value?.create, false);
});

Deno.test("checkPermissions() warns when it cannot ask", async () => {
  const link = doctorLink({ [REVIEW]: refusal(403, "no questions") });
  const result = await checkPermissions(link, { segment: "reg" });
  assert.equal(result.status, "warning");
  assert.deepEqual(result.value, {});
});
