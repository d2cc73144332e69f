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
  "src/cli/command_spec.ts": "tests/cli/called_command_test.ts",
  "src/cli/commands.ts": "tests/cli/main_test.ts",
  "src/cli/copy_flags.ts": "tests/cli/copy_settings_test.ts",
  "src/cli/exit_code.ts": "tests/cli/report_error_test.ts",
  "src/cli/inspect_image.ts": "tests/cli/commands/inspect_test.ts",
  "src/cli/list_images.ts": "tests/cli/commands/ls_test.ts",
  "src/cli/program.ts": "tests/cluster/plugin_test.ts",
  "src/cli/pull_flags.ts": "tests/cli/pull_settings_test.ts",
  "src/cli/push_flags.ts": "tests/cli/push_settings_test.ts",
  "src/cli/rbac_run.ts": "tests/cli/commands/rbac_test.ts",
  "src/cli/rbac_settings.ts": "tests/cli/commands/rbac_test.ts",
  "src/cli/registry_down.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/registry_flags.ts": "tests/cli/main_test.ts",
  "src/cli/registry_manifest.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/registry_plan_flags.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/registry_session.ts": "tests/cli/commands/ls_test.ts",
  "src/cli/registry_settings.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/registry_status.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/registry_up.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/registry_up_report.ts": "tests/cli/commands/registry_test.ts",
  "src/cli/remove_images.ts": "tests/cli/commands/rm_test.ts",
  "src/cli/run_copy.ts": "tests/cli/commands/copy_test.ts",
  "src/cli/run_pull.ts": "tests/cli/commands/pull_test.ts",
  "src/cli/run_push.ts": "tests/cli/commands/push_test.ts",
  "src/cli/tag_image.ts": "tests/cli/commands/tag_test.ts",
  "src/cluster/registry_plan.ts":
    "tests/cluster_parts/registry_objects_test.ts",
  "src/oci/descriptor.ts": "tests/oci/manifest_test.ts",
  "src/server/upload_answers.ts": "tests/server/upload_api_test.ts",
  "src/content/draft_manifest.ts": "tests/content/image_copier_test.ts",
  "src/content/image_selection.ts": "tests/content/image_names_test.ts",
  "src/content/image_source.ts": "tests/content/image_names_test.ts",
  "src/content/manifest_tree.ts": "tests/content/copy_plan_test.ts",
  "src/content/part_mover.ts": "tests/content/image_copier_test.ts",
  "src/content/sparse_index.ts": "tests/content/copy_plan_test.ts",
};

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
    path.replace(/^src\//, "tests/")
      // tests/cluster holds the tests that need a real cluster.
      .replace(/^tests\/cluster\//, "tests/cluster_parts/")
      .replace(/\.ts$/, "_test.ts");
  if (hasBehaviour(path, text) && !exists(test)) {
    faults.push(`${path}: has no test ${test}`);
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
    `style: ${sources.length} files, ${faults.length} faults`,
  );
  if (faults.length > 0) Deno.exit(1);
}
