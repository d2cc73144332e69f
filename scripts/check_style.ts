/**
 * Holds what a linter does not see: the size and the names of files, and that
 * every source file has a test.
 *
 *     deno run --allow-read scripts/check_style.ts
 */
import { basename, join } from "node:path/posix";

/** Longest source file, in lines. */
const MAX_FILE_LINES = 300;

/** File names that say nothing about what is inside. */
const DRAWERS = /^(?:utils?|helpers?|common|misc|types|index|shared|lib)\.ts$/;

/** Files without a test of their own, each with the one that covers it. */
const TESTED_ELSEWHERE: Readonly<Record<string, string>> = {
  "src/cli/commands.ts": "tests/cli/main_test.ts",
  "src/cli/exit_code.ts": "tests/cli/report_error_test.ts",
  "src/cli/push_flags.ts": "tests/cli/push_settings_test.ts",
  "src/cli/registry_flags.ts": "tests/cli/main_test.ts",
  "src/cli/run_push.ts": "tests/cli/commands/push_test.ts",
  "src/oci/descriptor.ts": "tests/oci/manifest_test.ts",
  "src/server/upload_answers.ts": "tests/server/upload_api_test.ts",
  "src/content/draft_manifest.ts": "tests/content/image_copier_test.ts",
  "src/content/image_selection.ts": "tests/content/image_names_test.ts",
  "src/content/image_source.ts": "tests/content/image_names_test.ts",
  "src/content/manifest_tree.ts": "tests/content/copy_plan_test.ts",
  "src/content/part_mover.ts": "tests/content/image_copier_test.ts",
  "src/content/sparse_index.ts": "tests/content/copy_plan_test.ts",
};

/**
 * Files that only tests of whole commands and of the real cluster reach so far;
 * each is owed a test of its own, and no other file may join them.
 */
const OWED_A_TEST: ReadonlySet<string> = new Set([
  "src/archive/detect.ts",
  "src/archive/oci_archive.ts",
  "src/archive/open_archive.ts",
  "src/cli/kube_host.ts",
  "src/kube/client_certificate_failure.ts",
  "src/kube/cluster_transport.ts",
  "src/kube/connection_failure.ts",
  "src/kube/connection_pool.ts",
  "src/kube/credential_provider.ts",
  "src/kube/dial.ts",
  "src/kube/endpoint.ts",
  "src/kube/failure_text.ts",
  "src/kube/http_body.ts",
  "src/kube/http_connection.ts",
  "src/kube/http_head.ts",
  "src/kube/kube_api.ts",
  "src/kube/load_connection.ts",
  "src/kube/loopback_relay.ts",
  "src/kube/outgoing_request.ts",
  "src/kube/pod_selection.ts",
  "src/kube/proxy_tunnel.ts",
  "src/kube/public_authority.ts",
  "src/kube/request_writer.ts",
  "src/kube/socket_reader.ts",
  "src/kube/socks5.ts",
  "src/kube/stall_timer.ts",
  "src/kube/tls_failure.ts",
  "src/kube/tls_handshake.ts",
  "src/kube/tunnel_reader.ts",
  "src/layout/file_range.ts",
  "src/layout/index_names.ts",
  "src/layout/layout_directory.ts",
  "src/layout/layout_source.ts",
  "src/server/activity.ts",
  "src/server/blob_store.ts",
  "src/server/body_reader.ts",
  "src/server/body_writer.ts",
  "src/server/byte_source.ts",
  "src/server/digest_file.ts",
  "src/server/durable_file.ts",
  "src/server/file_stream.ts",
  "src/server/garbage_collection.ts",
  "src/server/listing_api.ts",
  "src/server/manifest_api.ts",
  "src/server/referrers_index.ts",
  "src/server/registry_metrics.ts",
  "src/server/registry_server.ts",
  "src/server/registry_store.ts",
  "src/server/reply.ts",
  "src/server/repository_store.ts",
  "src/server/request_handler.ts",
  "src/server/route_answer.ts",
  "src/server/server_record.ts",
  "src/server/small_body.ts",
  "src/server/store_check.ts",
  "src/server/store_lock.ts",
  "src/server/stored_manifest.ts",
  "src/server/upload_session.ts",
  "src/server/upload_store.ts",
]);

function filesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return filesIn(path);
    return path.endsWith(".ts") ? [path] : [];
  }).sort();
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Types cannot be called, and an error class is tested where it is thrown. */
function hasBehaviour(path: string, text: string): boolean {
  if (path.endsWith("_error.ts")) return false;
  return /^(?:export )?(?:async )?(?:function|class|const|let)\b/m.test(text);
}

function faultsOf(path: string): string[] {
  const text = Deno.readTextFileSync(path);
  const lines = text.split("\n").length - 1;
  const faults: string[] = [];
  if (lines > MAX_FILE_LINES) {
    faults.push(`${path}: ${lines} lines, at most ${MAX_FILE_LINES}`);
  }
  if (
    DRAWERS.test(basename(path)) || !/^[a-z0-9_]+\.ts$/.test(basename(path))
  ) {
    faults.push(`${path}: the name must be snake_case and say what is inside`);
  }
  if (/\b(?:TODO|FIXME|XXX)\b/.test(text)) {
    faults.push(`${path}: open ends belong into an issue`);
  }
  const test = TESTED_ELSEWHERE[path] ??
    path.replace(/^src\//, "tests/").replace(/\.ts$/, "_test.ts");
  const tested = exists(test);
  if (hasBehaviour(path, text) && !tested && !OWED_A_TEST.has(path)) {
    faults.push(`${path}: has no test ${test}`);
  }
  if (tested && OWED_A_TEST.has(path)) {
    faults.push(`${path}: has a test now, so it leaves OWED_A_TEST`);
  }
  return faults;
}

if (import.meta.main) {
  const sources = filesIn("src");
  const faults = sources.flatMap(faultsOf);
  for (const path of Object.keys(TESTED_ELSEWHERE)) {
    if (!exists(path)) {
      faults.push(`TESTED_ELSEWHERE: there is no file ${path}`);
    }
  }
  for (const fault of faults) console.error(fault);
  console.log(
    `style: ${sources.length} files, ${faults.length} faults, ${OWED_A_TEST.size} tests owed`,
  );
  if (faults.length > 0) Deno.exit(1);
}
