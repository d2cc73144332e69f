/**
 * Proves that imports point down: which folder of `src` may import which is a
 * table, and inside a folder no import leads back to where it came from.
 *
 *     deno run --allow-read scripts/check_layers.ts
 */
import { dirname, join, relative } from "node:path/posix";

/** Who may import whom. A new folder means a new row. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  oci: [],
  http: [],
  content: ["oci"],
  layout: ["content", "oci"],
  archive: ["layout", "content", "oci"],
  engine: ["archive", "http", "content", "oci"],
  registry: ["http", "content", "oci"],
  server: ["content", "oci"],
  kube: ["http"],
  cluster: ["kube", "registry", "content", "oci", "http"],
  cli: [
    "oci",
    "http",
    "content",
    "layout",
    "archive",
    "engine",
    "registry",
    "server",
    "kube",
    "cluster",
  ],
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"|new URL\(\s*"(\.[^"]+\.ts)"/g;

function sourceFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory) return sourceFiles(path);
    return path.endsWith(".ts") ? [path] : [];
  }).sort();
}

function importsOf(path: string): string[] {
  const text = Deno.readTextFileSync(path);
  return [...text.matchAll(IMPORT)].map((match) =>
    join(dirname(path), match[1] ?? match[2] ?? match[3] ?? "")
  );
}

function layerOf(path: string): string {
  return relative("src", path).split("/")[0] ?? "";
}

function layerFaults(graph: ReadonlyMap<string, readonly string[]>): string[] {
  return [...graph].flatMap(([path, imports]) => {
    const layer = layerOf(path);
    const allowed = MAY_IMPORT[layer];
    if (allowed === undefined) return [`${path}: the folder has no row`];
    return imports.filter((target) => {
      const other = layerOf(target);
      if (!target.startsWith("src/")) return target !== "deno.json";
      return other !== layer && !allowed.includes(other);
    }).map((target) => `${path}: must not import ${target}`);
  });
}

function findCycle(
  graph: ReadonlyMap<string, readonly string[]>,
): readonly string[] | undefined {
  const finished = new Set<string>();
  function visit(path: string, trail: readonly string[]): readonly string[] {
    if (finished.has(path)) return [];
    const start = trail.indexOf(path);
    if (start !== -1) return [...trail.slice(start), path];
    for (const next of graph.get(path) ?? []) {
      const cycle = visit(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    finished.add(path);
    return [];
  }
  return [...graph.keys()].map((path) => visit(path, [])).find((cycle) =>
    cycle.length > 0
  );
}

if (import.meta.main) {
  const graph = new Map(
    sourceFiles("src").map((path) => [path, importsOf(path)]),
  );
  const faults = layerFaults(graph);
  const cycle = findCycle(graph);
  if (cycle !== undefined) faults.push(`cycle: ${cycle.join(" -> ")}`);
  for (const fault of faults) console.error(fault);
  console.log(`layers: ${graph.size} files, ${faults.length} faults`);
  if (faults.length > 0) Deno.exit(1);
}
