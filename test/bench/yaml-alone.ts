import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** What the package alone needs for the same files: the yardstick that `validate` and `plan` are held against. */
const [directory = ""] = process.argv.slice(2);
const names = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
for (const name of names) parse(readFileSync(join(directory, name), "utf8"));
