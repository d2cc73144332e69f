import { ConnectionError } from "../http/connection_error.ts";

/**
 * A request that got no answer, or only a part of one, from a registry that is
 * reached without an API server in between.
 */
export class RegistryConnectionError extends ConnectionError {}
