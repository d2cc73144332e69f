/**
 * The program, as it is compiled: it runs when it is imported, and loads
 * nothing of the library that it does not need.
 *
 * @module
 */
import { main } from "./main.ts";
import { SystemIo } from "./system_io.ts";

Deno.exit(await main(Deno.args, new SystemIo()));
