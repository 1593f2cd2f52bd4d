import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** Only parses the configuration with the `yaml` package, as the baseline for `validate` and `plan`. */
const [directory = ""] = process.argv.slice(2);
const names = readdirSync(directory).filter((name) => name.endsWith(".yaml"));
for (const name of names) parse(readFileSync(join(directory, name), "utf8"));
