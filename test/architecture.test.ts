import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";
import { allOptions } from "../cli/args/command.ts";
import { COMMANDS } from "../cli/args/commands.ts";
import { optionName } from "../cli/args/option.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Import {
  readonly from: string;
  /** Path relative to the root for a file of the project; name of the package otherwise. */
  readonly to: string;
}

function sourceFiles(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(directory, path));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  return [...text.matchAll(/(?<!["\w])(?:from|import)\s*\(?\s*"([^"\n$]+)"/g)].map(([, to = ""]) => {
    if (!to.startsWith(".")) return { from: file, to };
    return { from: file, to: relative(ROOT, resolve(ROOT, dirname(file), to)) };
  });
}

const FILES = [...sourceFiles("cli"), ...sourceFiles("src")];
const IMPORTS = FILES.flatMap(importsOf);

function violations(isForbidden: (candidate: Import) => boolean): string[] {
  return IMPORTS.filter(isForbidden).map(({ from, to }) => `${from} imports ${to}`);
}

test("the top level of the repository contains only the expected folders", () => {
  const generated = ["coverage", "dist", "node_modules", "screenshots"];
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith(".") && !generated.includes(entry.name))
    .map(({ name }) => name);
  expect(folders.toSorted()).toEqual(["cli", "contacts", "docs", "schemas", "src", "test"]);
});

/** Files of the engine that the command line may import. Reporting a usage error loads only the last two. */
const ENTRY_FILES = ["src/internal.ts", "src/model/suggest.ts", "src/model/user-error.ts"];

test("the command line imports the engine only through src/internal.ts, except for usage errors", () => {
  const isForbidden = ({ from, to }: Import) =>
    from.startsWith("cli/") &&
    from !== "cli/commands/emulator.ts" &&
    to.startsWith("src/") &&
    !ENTRY_FILES.includes(to);
  expect(violations(isForbidden)).toEqual([]);
});

test("the emulator command imports only the emulator and src/internal.ts from src/", () => {
  const isForbidden = ({ from, to }: Import) =>
    from === "cli/commands/emulator.ts" &&
    to.startsWith("src/") &&
    !to.startsWith("src/emulator/") &&
    to !== "src/internal.ts";
  expect(violations(isForbidden)).toEqual([]);
});

test("the engine imports nothing from the command line", () => {
  expect(violations(({ from, to }) => from.startsWith("src/") && to.startsWith("cli/"))).toEqual([]);
});

test("the emulator shares no code and no types with the client", () => {
  const inside = (path: string) => path.startsWith("src/emulator/");
  const crossesBoundary = ({ from, to }: Import) => to.startsWith("src/") && inside(from) !== inside(to);
  expect(violations(crossesBoundary).filter((line) => !line.startsWith("cli/commands/emulator.ts"))).toEqual([]);
});

/** Each folder of the engine, with the folders that it may import from. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  clock: [],
  escape: [],
  model: [],
  fs: ["clock", "model"],
  yaml: ["model"],
  csv: ["model"],
  images: ["fs", "model"],
  front: ["clock", "fs", "model"],
  config: ["csv", "fs", "images", "model", "yaml"],
  comparing: ["config", "model"],
  matching: ["comparing", "config", "model"],
  reading: ["config", "front", "fs", "images", "matching", "model"],
  planning: ["comparing", "config", "front", "matching", "model", "reading"],
  applying: ["clock", "escape", "front", "fs", "images", "model", "planning", "reading"],
  verifying: ["applying", "clock", "front", "model", "planning", "reading"],
  history: [
    "applying",
    "comparing",
    "config",
    "escape",
    "front",
    "fs",
    "images",
    "matching",
    "model",
    "planning",
    "reading",
  ],
  snapshot: ["clock", "front", "fs", "images", "model"],
  importing: ["config", "csv", "escape", "front", "fs", "images", "matching", "model", "reading", "yaml"],
};

/** Returns the folder of the engine that contains a file, or an empty string. */
function layerOf(path: string): string {
  return /^src\/(\w+)\//.exec(path)?.[1] ?? "";
}

test("each folder of the engine imports only from the folders in its row of LAYERS", () => {
  const isForbidden = ({ from, to }: Import) => {
    const [above, below] = [layerOf(from), layerOf(to)];
    const isExempt =
      !from.startsWith("src/") ||
      from === "src/index.ts" ||
      from === "src/internal.ts" ||
      above === "emulator" ||
      !to.startsWith("src/");
    return !isExempt && above !== below && below !== "" && !LAYERS[above]?.includes(below);
  };
  expect(violations(isForbidden)).toEqual([]);
});

test("only the expected packages are imported, each by one file", () => {
  const importers = new Map<string, Set<string>>();
  for (const { from, to } of IMPORTS) {
    if (to.startsWith("node:") || to.includes(".ts") || to.endsWith(".json") || inProject(to)) continue;
    const name = to.startsWith("@") ? to.split("/").slice(0, 2).join("/") : (to.split("/")[0] ?? to);
    importers.set(name, (importers.get(name) ?? new Set()).add(from));
  }
  const packagesWithSeveralImporters = [...importers]
    .filter(([, files]) => files.size > 1)
    .map(([name, files]) => `${name}: ${[...files].join(", ")}`);
  expect(packagesWithSeveralImporters).toEqual([]);
  expect([...importers.keys()].sort()).toEqual([
    "ajv",
    "csv-parse",
    "deep-diff",
    "ical.js",
    "ky",
    "leven",
    "libphonenumber-js",
    "listr2",
    "lossless-json",
    "luxon",
    "openid-client",
    "picocolors",
    "sharp",
    "yaml",
    "yargs",
  ]);
});

function inProject(path: string): boolean {
  return path.startsWith("src/") || path.startsWith("cli/") || path.startsWith("schemas/");
}

/** Returns the import cycles that are reachable from a file. */
function importCyclesFrom(
  file: string,
  next: ReadonlyMap<string, readonly string[]>,
  visited: Set<string>,
  path: string[] = [],
) {
  if (path.includes(file)) return [[...path.slice(path.indexOf(file)), file].join(" -> ")];
  if (visited.has(file)) return [];
  const cycles: string[] = (next.get(file) ?? []).flatMap((to) => importCyclesFrom(to, next, visited, [...path, file]));
  visited.add(file);
  return cycles;
}

test("no file in cli/ and src/ is part of an import cycle", () => {
  const next = new Map(FILES.map((file) => [file, importsOf(file).map(({ to }) => to)]));
  const visited = new Set<string>();
  expect(FILES.flatMap((file) => importCyclesFrom(file, next, visited))).toEqual([]);
});

/** The file that declares each name that src/internal.ts exports. */
const DECLARING_FILES: ReadonlyMap<string, string> = new Map(
  ["src/index.ts", "src/internal.ts"]
    .flatMap((file) => [
      ...readFileSync(join(ROOT, file), "utf8").matchAll(/export (?:type )?\{([^}]*)\} from "\.\/([^"]+)"/g),
    ])
    .flatMap(([, names = "", file]) => namesIn(names).map((name) => [name, `src/${file}`] as const)),
);

function namesIn(list: string): string[] {
  return list.split(",").flatMap((part) => /(\w+)\s*$/.exec(part)?.[1] ?? []);
}

/** Returns the project files that a file imports. Replaces src/internal.ts with the files that declare the names. */
function resolvedImportsOf(file: string): string[] {
  const direct = importsOf(file).map(({ to }) => to);
  const text = readFileSync(join(ROOT, file), "utf8");
  const imports = [...text.matchAll(/import (?:type )?\{([^}]*)\} from "[^"]*src\/internal\.ts"/g)];
  const declaringFiles = imports.flatMap(([, names = ""]) =>
    namesIn(names).flatMap((name) => DECLARING_FILES.get(name) ?? []),
  );
  return [...direct.filter((to) => to !== "src/internal.ts" && inProject(to) && to.endsWith(".ts")), ...declaringFiles];
}

/** Returns the imports between folders of the engine, in the files that `start` imports directly or indirectly. */
function folderImportsBelow(start: string): ReadonlyMap<string, ReadonlySet<string>> {
  const next = new Map<string, Set<string>>();
  const reached = new Set([start]);
  for (const file of reached) {
    for (const to of resolvedImportsOf(file)) {
      reached.add(to);
      const [above, below] = [layerOf(file), layerOf(to)];
      if (above === "" || below === "" || above === below) continue;
      next.set(above, (next.get(above) ?? new Set()).add(below));
    }
  }
  return next;
}

test.each(["cli/commands/plan.ts", "cli/commands/apply.ts", "cli/commands/import.ts"])(
  "the stages that %s imports do not import each other in a cycle",
  (start) => {
    const next = new Map([...folderImportsBelow(start)].map(([folder, folders]) => [folder, [...folders]]));
    expect([...next.keys()]).toEqual(expect.arrayContaining(["config", "front", "matching", "reading"]));
    const visited = new Set<string>();
    expect([...next.keys()].flatMap((folder) => importCyclesFrom(folder, next, visited))).toEqual([]);
  },
);

test("each stage of a plan imports only earlier stages", () => {
  const next = folderImportsBelow("cli/commands/plan.ts");
  const below = (stage: string, seen = new Set<string>()): ReadonlySet<string> => {
    for (const folder of next.get(stage) ?? []) if (!seen.has(folder)) below(folder, seen.add(folder));
    return seen;
  };
  const stages = ["config", "matching", "reading", "planning"];
  expect(stages.map((stage) => stages.filter((other) => below(stage).has(other)))).toEqual([
    [],
    ["config"],
    ["config", "matching"],
    ["config", "matching", "reading"],
  ]);
});

/**
 * The only files that may use the process, the console, the clock and timers. Other files receive these as arguments.
 */
const EDGE_FILES: Readonly<Record<string, readonly string[]>> = {
  "process.": ["cli/main.ts", "src/emulator/server.ts"],
  "console.": [],
  "Date.now(": ["src/clock/clock.ts", "src/emulator/emulator.ts"],
  "performance.now(": ["src/clock/clock.ts", "cli/tune-v8.ts"],
  "setTimeout(": [
    "src/clock/clock.ts",
    "src/emulator/server.ts",
    "src/emulator/emulator.ts",
    "src/emulator/state-file.ts",
  ],
};

test.each(Object.entries(EDGE_FILES))("only the files in EDGE_FILES use %s", (word, allowed) => {
  const users = FILES.filter((file) => codeLinesOf(file).some((line) => line.includes(word)));
  expect(users.filter((file) => !allowed.includes(file))).toEqual([]);
});

function codeLinesOf(file: string): string[] {
  const lines = readFileSync(join(ROOT, file), "utf8").split("\n");
  return lines
    .filter((line) => !/^\s*(\/\/|\/?\*)/.test(line))
    .map((line) => line.replaceAll(/"[^"]*"|`[^`]*`/g, '""'));
}

/**
 * Files with text for users of the command line: the meanings of diagnostic codes, and the generated company schema.
 */
const ABOUT_COMMANDS = ["src/model/diagnostic-codes.ts", "src/config/company-schema.ts"];

test("no message of the engine refers to a command-line option", () => {
  const options = new Set(
    Object.values(COMMANDS).flatMap((command) => Object.keys(allOptions(command)).map(optionName)),
  );
  expect(options.size).toBeGreaterThan(50);
  const optionReferences = sourceFiles("src")
    .filter((file) => !ABOUT_COMMANDS.includes(file))
    .flatMap((file) => {
      const code = readFileSync(join(ROOT, file), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      return [...code.matchAll(/(?<![-\w])--([a-z][a-z-]*)/g)]
        .filter(([, name = ""]) => options.has(name))
        .map(([option]) => `${file}: ${option}; name it in a remedy`);
    });
  expect(optionReferences).toEqual([]);
});

test("no TypeScript file has more than 399 lines", () => {
  const allFiles = [...FILES, ...sourceFiles("test")];
  const longFiles = allFiles.filter((file) => readFileSync(join(ROOT, file), "utf8").split("\n").length > 400);
  expect(longFiles).toEqual([]);
});
