/** A wish that cannot be granted; the message says why and what can. */
export class RegistryWishError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "RegistryWishError";
}
