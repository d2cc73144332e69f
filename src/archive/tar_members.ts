import { Buffer } from "node:buffer";
import { ArchiveError, type ArchiveErrorOptions } from "./archive_error.ts";
import type { FileWindow } from "./file_window.ts";
import { normalizeEntryName, type TarMember } from "./tar_links.ts";

/** An image archive has a few entries for each layer. */
const MAX_MEMBERS = 250_000;

/** `PATH_MAX` of Linux. */
const MAX_NAME_LENGTH = 4096;

/** Of all names and link targets together, so that the index stays small. */
const MAX_NAMES_LENGTH = 32 * 1024 * 1024;

/** Step in which two entries of one name are compared. */
const COMPARE_SIZE = 256 * 1024;

type FileMember = Extract<TarMember, { readonly kind: "file" }>;

/** The entries of a tar while its headers are read. */
export class TarMembers {
  readonly #members = new Map<string, TarMember>();
  readonly #window: FileWindow;
  readonly #location: string;
  #namesLength = 0;

  /**
   * Starts without entries.
   *
   * @param window where contents are compared
   * @param location the archive as the user named it
   */
  constructor(window: FileWindow, location: string) {
    this.#window = window;
    this.#location = location;
  }

  /** The entries by normalised name, in the order of the tar. */
  get all(): ReadonlyMap<string, TarMember> {
    return this.#members;
  }

  /**
   * Takes an entry.
   *
   * @param written its name as the header has it
   * @throws {ArchiveError} when the name leads out of the archive, there is
   *   another entry of that name and it differs, or there are too many
   */
  async add(written: string, member: TarMember): Promise<void> {
    const name = this.#checkName(written);
    const existing = this.#members.get(name);
    if (existing !== undefined) {
      if (await this.#isSame(name, existing, member)) return;
      // Programs disagree about which of the two counts, so that an image
      // could be checked as one thing and run as another.
      throw this.#fault("it is there twice, with different content", {
        entry: name,
        recommendation: "Write the archive again, with one entry of that name",
      });
    }
    this.#count(name, member);
    this.#members.set(name, member);
  }

  #checkName(written: string): string {
    const name = normalizeEntryName(written);
    if (name === undefined) {
      throw this.#fault("its name leads out of the archive", {
        entry: written,
      });
    }
    if (name.length <= MAX_NAME_LENGTH) return name;
    throw this.#fault(
      `a name has ${name.length} characters, at most ${MAX_NAME_LENGTH} are read`,
    );
  }

  #count(name: string, member: TarMember): void {
    const target = "target" in member ? member.target : "";
    this.#namesLength += name.length + target.length;
    if (this.#namesLength > MAX_NAMES_LENGTH) {
      throw this.#fault(
        `its names have more than ${MAX_NAMES_LENGTH} characters`,
      );
    }
    if (this.#members.size < MAX_MEMBERS) return;
    throw this.#fault(
      `it has more than ${MAX_MEMBERS} entries, which no image archive has`,
    );
  }

  async #isSame(
    name: string,
    first: TarMember,
    second: TarMember,
  ): Promise<boolean> {
    if (second.kind === "hardlink") {
      // GNU tar writes it for a file that it was given twice.
      if (normalizeEntryName(second.target) === name) return true;
    }
    if (first.kind === "file" && second.kind === "file") {
      return first.size === second.size && await this.#equal(first, second);
    }
    if ("target" in first && "target" in second) {
      return first.kind === second.kind && first.target === second.target;
    }
    return first.kind === second.kind && first.kind !== "sparse";
  }

  async #equal(first: FileMember, second: FileMember): Promise<boolean> {
    for (let done = 0; done < first.size; done += COMPARE_SIZE) {
      const length = Math.min(COMPARE_SIZE, first.size - done);
      const a = await this.#window.read(first.offset + done, length);
      const b = await this.#window.read(second.offset + done, length);
      if (Buffer.compare(a, b) !== 0) return false;
    }
    return true;
  }

  #fault(reason: string, options?: ArchiveErrorOptions): ArchiveError {
    return new ArchiveError(this.#location, reason, options);
  }
}
