/** An object of a manifest. */
type Fields = Readonly<Record<string, unknown>>;

const API_VERSION = "krew.googlecontainertools.github.com/v1alpha2";
const DEVICE = /^(?:CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])$/i;
const SEMVER =
  /^v(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\w.-]+)?(?:\+[\w.-]+)?$/;

/**
 * Returns which of krew's rules a manifest breaks.
 *
 * @see https://github.com/kubernetes-sigs/krew/blob/master/internal/index/validation/validate.go
 */
export function krewFaults(manifest: unknown): string[] {
  const { apiVersion, kind, metadata, spec } = fieldsOf(manifest);
  const name = String(fieldsOf(metadata).name);
  const { version, shortDescription, platforms } = fieldsOf(spec);
  const short = String(shortDescription ?? "");
  const list = Array.isArray(platforms) ? platforms : [];
  const rules: (readonly [boolean, string])[] = [
    [apiVersion === API_VERSION, "apiVersion"],
    [kind === "Plugin", "kind"],
    [/^[\w-]+$/.test(name) && !DEVICE.test(name), "metadata.name"],
    [SEMVER.test(String(version)), "spec.version"],
    [short !== "" && !/[\r\n]/.test(short), "spec.shortDescription"],
    [list.length > 0, "spec.platforms"],
  ];
  return [
    ...rules.filter(([holds]) => !holds).map(([, field]) => field),
    ...list.flatMap((platform, index) =>
      platformFaults(platform).map((field) => `platforms[${index}].${field}`)
    ),
  ];
}

function platformFaults(platform: unknown): string[] {
  const { uri, sha256, bin, files, selector } = fieldsOf(platform);
  const labels = fieldsOf(fieldsOf(selector).matchLabels);
  const keys = Object.keys(labels);
  const rules: (readonly [boolean, string])[] = [
    [typeof uri === "string" && /\.(?:tar\.gz|zip)$/.test(uri), "uri"],
    [typeof sha256 === "string" && /^[a-f0-9]{64}$/.test(sha256), "sha256"],
    [typeof bin === "string" && bin !== "", "bin"],
    [files === undefined || areFiles(files), "files"],
    [keys.length > 0, "selector"],
    [keys.every((key) => key === "os" || key === "arch"), "selector"],
  ];
  return rules.filter(([holds]) => !holds).map(([, field]) => field);
}

function areFiles(files: unknown): boolean {
  return Array.isArray(files) && files.length > 0 && files.every((file) => {
    const { from, to } = fieldsOf(file);
    return typeof from === "string" && from !== "" &&
      typeof to === "string" && to !== "";
  });
}

function fieldsOf(value: unknown): Fields {
  const isObject = typeof value === "object" && value !== null;
  return isObject ? Object.fromEntries(Object.entries(value)) : {};
}
