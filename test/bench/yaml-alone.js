import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Measures the package alone on the same files, the baseline of `validate` and `plan`. */
const [directory = ""] = process.argv.slice(2);
const names = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
for (const name of names) parse(readFileSync(join(directory, name), "utf8"));
