import { openTarget } from "../import/destination.ts";
import { type Environment, EXIT, type Given, UsageError } from "../process-io.ts";

/** Writes contacts into files, from Front or from what another program has exported. */
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
    throw new UsageError("--from-csv and --from-vcard do not go together", "Import one file after the other.");
  }
  const source = csv !== undefined ? "csv" : vcard !== undefined ? "vcard" : "front";
  const others = (source === "front" ? OF_FILES : OF_FRONT).filter((name) => isGiven(given[name]));
  if (source === "csv" && given["lists"] === true) others.push("lists" as never);
  if (others.length > 0) throw misfit(source, others[0] ?? "");
  return source;
}

function isGiven(value: Given[string]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

function misfit(source: "front" | "csv" | "vcard", name: string): UsageError {
  const flag = name === "whom" ? "Naming contacts" : `--${name}`;
  if (source === "front")
    return new UsageError(`${flag} goes with a file`, "Add --from-csv FILE or --from-vcard FILE.");
  return new UsageError(`${flag} does not go with --from-${source}`, "Front is not asked when a file is imported.");
}
