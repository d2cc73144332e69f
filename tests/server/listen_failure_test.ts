import { strict as assert } from "node:assert";
import { listenFailure } from "../../src/server/listen_failure.ts";

Deno.test("listenFailure() says what is so and what helps", () => {
  const messages = [
    new Deno.errors.AddrInUse("Address already in use (os error 98)"),
    new Deno.errors.AddrNotAvailable("Cannot assign requested address"),
    new Deno.errors.PermissionDenied("Permission denied (os error 13)"),
    new Error("Failed to lookup address information"),
  ].map((error) => listenFailure(error, "10.0.0.1:80").message);
  assert.deepEqual(messages, [
    'Cannot listen on "10.0.0.1:80": another process listens there\n' +
    "Stop that process, or listen on another port",
    'Cannot listen on "10.0.0.1:80": this host has no such address\n' +
    "Listen on an address of this host, or on 0.0.0.0 for all of them",
    'Cannot listen on "10.0.0.1:80": this user may not\n' +
    "Ports below 1024 need a privilege: listen on a higher one",
    'Cannot listen on "10.0.0.1:80": Failed to lookup address information',
  ]);
});

Deno.test("listenFailure() keeps the cause", () => {
  const cause = new Error("no");
  assert.equal(listenFailure(cause, "a:1").cause, cause);
});

Deno.test("listenFailure() tells TLS from the address", () => {
  for (
    const error of [
      new Deno.errors.InvalidData("No keys found in key data"),
      new Error("Keys may not be consistent: KeyMismatch"),
    ]
  ) {
    assert.equal(
      listenFailure(error, "127.0.0.1:443").message,
      `Cannot serve TLS on "127.0.0.1:443": ${error.message}\n` +
        "A certificate chain and its private key are needed, both PEM",
    );
  }
});
