import { quote } from "../oci/visible_text.ts";
import { ArchiveError } from "./archive_error.ts";

/** An entry of a tar as its headers state it. */
export type TarMember =
  | { readonly kind: "file"; readonly offset: number; readonly size: number }
  | { readonly kind: "sparse" }
  | { readonly kind: "directory" }
  /** A device, a pipe or something unknown. */
  | { readonly kind: "other" }
  | { readonly kind: "symlink"; readonly target: string }
  | { readonly kind: "hardlink"; readonly target: string };

/** A member that no link leads away from, with its own name. */
export interface ResolvedMember {
  /** Normalised name of the member itself. */
  readonly name: string;
  /** The member. */
  readonly member: TarMember;
}

/** As many as Linux follows in one path. */
const MAX_LINKS = 40;

/**
 * Normalises a name: no `./`, no leading or repeated slashes.
 *
 * @returns `undefined` when the name leads out of the archive, or holds a NUL
 */
export function normalizeEntryName(name: string): string | undefined {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..") || name.includes("\0")) return undefined;
  return parts.join("/");
}

/**
 * Finds what a name stands for. Symbolic links are relative to the directory
 * that they are in, hard links to the root of the archive; directories on the
 * way may be symbolic links as well.
 *
 * @throws {ArchiveError} when a link leads nowhere, out of the archive or in a
 *   circle
 */
export function resolveMember(
  members: ReadonlyMap<string, TarMember>,
  name: string,
  location: string,
): ResolvedMember | undefined {
  let path = name;
  for (let hops = 0; hops <= MAX_LINKS; hops++) {
    const link = firstLink(members, path);
    if (link === undefined) {
      const member = members.get(path);
      if (member !== undefined) return { name: path, member };
      if (hops === 0) return undefined;
      throw new ArchiveError(
        location,
        `it is a link to ${quote(path)}, which the archive does not hold`,
        { entry: name },
      );
    }
    const target = targetOf(link);
    if (target === undefined) {
      throw new ArchiveError(
        location,
        `it is a link to ${quote(link.target)}, which leads out of the archive`,
        { entry: name },
      );
    }
    path = target;
  }
  throw new ArchiveError(
    location,
    `it is a link in a circle, or through more than ${MAX_LINKS} links`,
    { entry: name },
  );
}

interface Link {
  readonly kind: "symlink" | "hardlink";
  readonly target: string;
  /** Directory of the link. */
  readonly directory: readonly string[];
  /** What comes behind the link in the path. */
  readonly rest: readonly string[];
}

/** A path is followed from its start; a hard link stands only at its end. */
function firstLink(
  members: ReadonlyMap<string, TarMember>,
  path: string,
): Link | undefined {
  const whole = members.get(path);
  if (whole?.kind === "file" || whole?.kind === "sparse") return undefined;
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const member = members.get(parts.slice(0, length).join("/"));
    if (member?.kind !== "symlink" && member?.kind !== "hardlink") continue;
    if (member.kind === "hardlink" && length < parts.length) continue;
    return {
      kind: member.kind,
      target: member.target,
      directory: parts.slice(0, length - 1),
      rest: parts.slice(length),
    };
  }
  return undefined;
}

function targetOf(link: Link): string | undefined {
  if (link.kind === "hardlink") return normalizeEntryName(link.target);
  if (link.target.startsWith("/") || link.target.includes("\0")) {
    return undefined;
  }
  const path = [...link.directory];
  for (const part of [...link.target.split("/"), ...link.rest]) {
    if (part === "" || part === ".") continue;
    if (part !== "..") path.push(part);
    else if (path.pop() === undefined) return undefined;
  }
  return path.join("/");
}
