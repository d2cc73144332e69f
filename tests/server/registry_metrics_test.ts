import { strict as assert } from "node:assert";
import { pushBlob, withRegistry } from "./registry_fixture.ts";

Deno.test("/metrics counts requests, bytes and what is stored", async () => {
  await withRegistry(async (registry) => {
    const digest = await pushBlob(registry, "a", "hello");
    await registry.send("GET", `/v2/a/blobs/${digest}`);
    await registry.send("GET", "/v2/a/blobs/uploads/unknown");
    const { text, headers } = await registry.send("GET", "/metrics");
    assert.match(headers.get("content-type") ?? "", /^text\/plain; version=/);
    for (
      const line of [
        'k8scr_registry_requests_total{method="POST",route="uploads",status="201"} 1',
        'k8scr_registry_requests_total{method="GET",route="blob",status="200"} 1',
        'k8scr_registry_requests_total{method="GET",route="upload",status="404"} 1',
        'k8scr_registry_request_duration_seconds_count{method="GET",route="blob"} 1',
        "k8scr_registry_received_bytes_total 5",
        "k8scr_registry_storage_bytes 5",
        "k8scr_registry_storage_limit_bytes 1000",
        "k8scr_registry_uploads_open 0",
        "k8scr_registry_transfers_running 0",
      ]
    ) assert.ok(text.includes(`${line}\n`), line);
    assert.match(text, /^k8scr_registry_build_info\{version="\d[^"]*"\} 1$/m);
    const [, free] = /^k8scr_registry_storage_free_bytes (\d+)$/m.exec(text) ??
      [];
    assert.ok(Number(free) > 1_000_000, free);
  }, { maxSize: 1000 });
});

Deno.test("/metrics has no label that a client can choose", async () => {
  await withRegistry(async (registry) => {
    await registry.send("BREW", "/v2/tea/blobs/uploads/");
    const { text } = await registry.send("GET", "/metrics");
    assert.doesNotMatch(text, /BREW|tea/);
    assert.match(text, /method="other",route="uploads",status="405"/);
  });
});
