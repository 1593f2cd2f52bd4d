import type { ImportTarget } from "../src/index.ts";
import type { Given, Io } from "./io.ts";

export async function importFile(_source: string, _target: ImportTarget, _given: Given, _io: Io): Promise<number> {
  return 1;
}
