import { strict as assert } from "node:assert";
import { checkUser } from "../../src/cluster/check_user.ts";
import { doctorLink, refusal } from "./doctor_api.ts";

const REVIEW = "POST /apis/authentication.k8s.io/v1/selfsubjectreviews";

function review(username: string, groups: readonly string[] = []): object {
  return { status: { userInfo: { username, groups } } };
}

Deno.test("checkUser() names the user and the groups", async () => {
  const answers = { [REVIEW]: review("jane", ["devs", "pushers"]) };
  assert.deepEqual(await checkUser(doctorLink(answers)), {
    status: "ok",
    text: '"jane", in devs, pushers',
    facts: { user: "jane", groups: ["devs", "pushers"] },
    value: { name: "jane" },
  });
});

Deno.test("checkUser() asks with the question that the API has for it", async () => {
  const bodies: unknown[] = [];
  const link = doctorLink({
    [REVIEW]: async (request) => {
      bodies.push(await request.json());
      return Response.json(review("jane"));
    },
  });
  await checkUser(link);
  assert.deepEqual(bodies, [{
    kind: "SelfSubjectReview",
    apiVersion: "authentication.k8s.io/v1",
  }]);
});

Deno.test("checkUser() warns when the caller is nobody", async () => {
  const message =
    'is forbidden: User "system:anonymous" cannot create resource "selfsubjectreviews"';
  const all = [review("system:anonymous"), refusal(403, message)];
  for (const answer of all) {
    const result = await checkUser(doctorLink({ [REVIEW]: answer }));
    assert.equal(result.status, "warning");
    assert.match(result.text, /takes you for nobody/);
  }
});

Deno.test("checkUser() takes the name out of a refusal to tell it", async () => {
  const message = 'is forbidden: User "jane" cannot create resource "x"';
  const link = doctorLink({ [REVIEW]: refusal(403, message) });
  const result = await checkUser(link);
  assert.equal(result.status, "ok");
  assert.deepEqual(result.value, { name: "jane" });
});

Deno.test("checkUser() warns of an API server that cannot tell", async () => {
  const result = await checkUser(doctorLink({}));
  assert.equal(result.status, "warning");
  assert.deepEqual(result.value, {});
});

Deno.test("checkUser() throws when the API server does not know the caller", async () => {
  const link = doctorLink({ [REVIEW]: refusal(401, "Unauthorized") });
  await assert.rejects(checkUser(link), {
    name: "KubernetesError",
    status: 401,
  });
});
