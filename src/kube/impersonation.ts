import { type KubeUser } from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig_error.ts";

/** All that may stand in a header's name but `%`, which escapes the rest. */
const TOKEN_CHARACTER = /[A-Za-z0-9!#$&'*+.^_`|~-]/;

/**
 * Returns the headers that make the API server act as somebody else. A value
 * beyond ASCII is sent as its UTF-8 bytes, one character for each.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 * @throws {KubeconfigError} when a value holds a line break or the like
 */
export function impersonationHeaders(
  user: KubeUser,
): readonly (readonly [string, string])[] {
  if (user.as === "") return [];
  const extra = [...user.asUserExtra].flatMap(([key, values]) =>
    values.map((value) => [extraHeader(key), value] as const)
  );
  const headers = [
    ["Impersonate-User", user.as] as const,
    ...(user.asUid ? [["Impersonate-Uid", user.asUid] as const] : []),
    ...user.asGroups.map((group) => ["Impersonate-Group", group] as const),
    ...extra,
  ];
  return headers.map(([name, value]) => [name, byteString(name, value)]);
}

function extraHeader(key: string): string {
  const bytes = new TextEncoder().encode(key);
  const escaped = Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    if (TOKEN_CHARACTER.test(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `Impersonate-Extra-${escaped.join("")}`;
}

function byteString(header: string, value: string): string {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(value)) {
    throw new KubeconfigError(
      `Cannot send header "${header}": its value has a line break or another control character`,
      { field: header },
    );
  }
  return String.fromCharCode(...new TextEncoder().encode(value));
}
