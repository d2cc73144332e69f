import { strict as assert } from "node:assert";
import { parseChallenges } from "../../src/registry/login_challenge.ts";

function parse(header: string): unknown {
  return parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

Deno.test("parseChallenges() reads what registries send", () => {
  assert.deepEqual(
    parse(
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    ),
    [["bearer", {
      realm: "https://auth.docker.io/token",
      service: "registry.docker.io",
      scope: "repository:a/b:pull,push",
    }]],
  );
  assert.deepEqual(parse('Basic realm="Registry Realm"'), [
    ["basic", { realm: "Registry Realm" }],
  ]);
});

Deno.test("parseChallenges() reads several challenges of one header", () => {
  assert.deepEqual(
    parse('Negotiate YII=, Basic realm=x, charset="UTF-8", BEARER Realm="y"'),
    [
      ["negotiate", {}],
      ["basic", { realm: "x", charset: "UTF-8" }],
      ["bearer", { realm: "y" }],
    ],
  );
});

Deno.test("parseChallenges() reads quotes inside of quotes", () => {
  assert.deepEqual(parse(String.raw`Basic realm="a \"b\", c=d"`), [
    ["basic", { realm: 'a "b", c=d' }],
  ]);
});

Deno.test("parseChallenges() ends where it understands nothing", () => {
  assert.deepEqual(parse(""), []);
  assert.deepEqual(parse("  ,, "), []);
  assert.deepEqual(parse('"quoted"'), []);
  assert.deepEqual(parse('Basic realm="open'), [
    ["basic", {}],
    ["realm", {}],
  ]);
});

Deno.test("parseChallenges() reads no more than a header can need", () => {
  const long = `Basic realm="${"x".repeat(10_000)}", Bearer realm="y"`;
  assert.equal(
    parseChallenges(long).some(({ scheme }) => scheme === "bearer"),
    false,
  );
});
