import { visible } from "./visible_text.ts";

/** A JSON document that is not what it should be. */
export class DocumentSyntaxError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "DocumentSyntaxError";
  /** The document, as it is called in messages. */
  readonly document: string;

  /** Makes the error of what its fields say. */
  constructor(document: string, reason: string, options?: ErrorOptions) {
    super(visible(`Cannot read ${document}: ${reason}`), options);
    this.document = document;
  }
}

/** Far above the 4 MiB of the largest manifest, far below what hurts. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * Parses the bytes of a JSON document.
 *
 * @param document what the document is called in messages
 * @throws {DocumentSyntaxError} when the bytes are not UTF-8 JSON or exceed 16 MiB
 */
export function parseJsonDocument(
  bytes: Uint8Array,
  document: string,
): unknown {
  if (bytes.length > MAX_BYTES) {
    throw new DocumentSyntaxError(
      document,
      `it has ${bytes.length} bytes, at most ${MAX_BYTES} are read`,
    );
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new DocumentSyntaxError(document, "it is not JSON", { cause: error });
  }
}

/** A JSON object with the place it stands in, for messages that name the field. */
export class JsonObject {
  readonly #fields: Readonly<Record<string, unknown>>;
  /** The document, as it is called in messages. */
  readonly document: string;
  readonly #path: string;

  private constructor(
    fields: Readonly<Record<string, unknown>>,
    document: string,
    path: string,
  ) {
    this.#fields = fields;
    this.document = document;
    this.#path = path;
  }

  /**
   * Takes a value as an object.
   *
   * @throws {DocumentSyntaxError} when the value is not an object
   */
  static from(value: unknown, document: string, path = ""): JsonObject {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new DocumentSyntaxError(
        document,
        `${path || "the document"} must be an object`,
      );
    }
    return new JsonObject(
      value as Readonly<Record<string, unknown>>,
      document,
      path,
    );
  }

  /** Tells whether the field is there and not null. */
  has(name: string): boolean {
    return this.#own(name) !== undefined && this.#own(name) !== null;
  }

  /** Returns all fields as they are. */
  fields(): Readonly<Record<string, unknown>> {
    return this.#fields;
  }

  /** Returns the field as it is. */
  value(name: string): unknown {
    return this.#own(name);
  }

  /** Returns a string field, or `undefined` when it is absent or null. */
  optionalString(name: string): string | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#own(name);
    if (typeof value === "string") return value;
    throw this.fault(name, "must be a string");
  }

  /** Returns a string field that must be there. */
  string(name: string): string {
    const value = this.optionalString(name);
    if (value === undefined) throw this.fault(name, "is missing");
    return value;
  }

  /** Returns a whole number that is not negative, or `undefined`. */
  optionalSize(name: string): number | undefined {
    if (!this.has(name)) return undefined;
    const value = this.#own(name);
    if (
      typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ) {
      return value;
    }
    throw this.fault(name, "must be a whole number, 0 or more");
  }

  /** Returns a whole number that is not negative and must be there. */
  size(name: string): number {
    const value = this.optionalSize(name);
    if (value === undefined) throw this.fault(name, "is missing");
    return value;
  }

  /** Returns the field as an object, or `undefined`. */
  optionalObject(name: string): JsonObject | undefined {
    if (!this.has(name)) return undefined;
    return JsonObject.from(this.#own(name), this.document, this.#at(name));
  }

  /** Returns the field as an object that must be there. */
  object(name: string): JsonObject {
    if (!this.has(name)) throw this.fault(name, "is missing");
    return JsonObject.from(this.#own(name), this.document, this.#at(name));
  }

  /** Returns a list of objects; an absent or null field is an empty list. */
  objects(name: string): readonly JsonObject[] {
    return this.#list(name).map((item, index) =>
      JsonObject.from(item, this.document, `${this.#at(name)}[${index}]`)
    );
  }

  /** Returns a list of strings; an absent or null field is an empty list. */
  strings(name: string): readonly string[] {
    return this.#list(name).map((item, index) => {
      if (typeof item === "string") return item;
      throw this.fault(`${name}[${index}]`, "must be a string");
    });
  }

  /** Returns a map of strings; an absent or null field is an empty map. */
  stringMap(name: string): Readonly<Record<string, string>> {
    const object = this.optionalObject(name);
    if (object === undefined) return {};
    return Object.fromEntries(
      Object.keys(object.#fields).map((key) => [key, object.string(key)]),
    );
  }

  /** Makes the error for a field. */
  fault(name: string, reason: string): DocumentSyntaxError {
    return new DocumentSyntaxError(
      this.document,
      `${this.#at(name)} ${reason}`,
    );
  }

  #list(name: string): readonly unknown[] {
    if (!this.has(name)) return [];
    const value = this.#own(name);
    if (Array.isArray(value)) return value;
    throw this.fault(name, "must be a list");
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
