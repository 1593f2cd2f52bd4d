import { openTarget } from "../import/destination.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";

/** Imports contacts of Front, a CSV table or a vCard file into YAML files. */
export async function run(given: Given, io: Environment): Promise<number> {
  const source = sourceOf(given);
  const target = await openTarget(io, given, { declareLists: source !== "front" });
  if (target === undefined) return EXIT.failed;
  if (source === "front") return (await import("../import/from-front.ts")).importFront(target, given, io);
  return (await import("../import/from-file.ts")).importFile(source, target, given, io);
}

const OF_FRONT = ["whom", "list", "all"] as const;
const OF_FILES = ["map", "lists", "skip-invalid"] as const;

function sourceOf(given: Given): "front" | "csv" | "vcard" {
  const { "from-csv": csv, "from-vcard": vcard } = given;
  if (csv !== undefined && vcard !== undefined) {
    throw new UsageError("--from-csv and --from-vcard cannot be combined", "Import one file after the other.");
  }
  const source = csv !== undefined ? "csv" : vcard !== undefined ? "vcard" : "front";
  const others = (source === "front" ? OF_FILES : OF_FRONT).filter((name) => isGiven(given[name]));
  if (source === "csv" && given["lists"] === true) others.push("lists" as never);
  if (others.length > 0) throw notCombinable(source, others[0] ?? "");
  return source;
}

function isGiven(value: Given[string]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

function notCombinable(source: "front" | "csv" | "vcard", name: string): UsageError {
  const flag = name === "whom" ? "Contacts" : `--${name}`;
  if (source === "front") return new UsageError(`${flag} requires a file`, "Add --from-csv FILE or --from-vcard FILE.");
  const advice = name === "lists" ? "Use --map list=COLUMN." : "Front is not read when a file is imported.";
  return new UsageError(`${flag} cannot be combined with --from-${source}`, advice);
}
