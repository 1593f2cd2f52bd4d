// Usage: build.js [DIRECTORY]. Compiles the library to DIRECTORY/src, and bundles the program in DIRECTORY/cli (see
// Build in CONTRIBUTING.md). DIRECTORY is dist by default.
import { execFileSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const directory = resolve(process.argv[2] ?? join(ROOT, "dist"));

/** Packages that many runs do not need. Each is bundled in a file that is loaded when an export is first used. */
const LAZY = [
  "csv-parse/sync",
  "ical.js",
  "libphonenumber-js/min",
  "listr2",
  "lossless-json",
  "luxon",
  "openid-client",
  "yaml",
];

/** Packages with native code, which stay in node_modules. */
const EXTERNAL = ["sharp"];

const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: "node",
  target: "node20",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
  external: EXTERNAL,
};

function compileTypeScript() {
  const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", directory], {
    cwd: ROOT,
    stdio: "inherit",
  });
}

/** Replaces the module that compiles schemas at run time with validation functions that Ajv generates. */
async function compileSchemas() {
  const module = join(directory, "src/config/schema-validators.js");
  const { SCHEMAS } = await import(pathToFileURL(module).href);
  for (const [name, { schema, options }] of Object.entries(SCHEMAS)) {
    const ajv = new Ajv2020({ ...options, code: { source: true } });
    const contents = standalone.default(ajv, ajv.compile(schema));
    const outfile = join(directory, `src/config/${name}-validator.cjs`);
    await build({ ...COMMON, stdin: { contents, resolveDir: ROOT }, format: "cjs", minifyWhitespace: true, outfile });
  }
  writeFileSync(
    module,
    `import { createRequire } from "node:module";
const requireFile = createRequire(import.meta.url);
${validatorsModule(".")}`,
  );
}

/**
 * Returns the source of a module that loads the validation functions from files that `compileSchemas` wrote. `folder`
 * is the path of these files, relative to the module.
 */
function validatorsModule(folder) {
  return `const loaded = {};
export const validatorFor = (name) => (loaded[name] ??= requireFile(\`${folder}/\${name}-validator.cjs\`));
`;
}

/**
 * Bundles each package in `LAZY` in a file. Returns the source of the module that loads the file, by package name, and
 * the paths of the bundled sources.
 */
async function bundlePackages() {
  const modules = new Map();
  const inputs = [];
  for (const name of LAZY) {
    const file = `./packages/${name.replaceAll(/[^a-z0-9]+/g, "-")}.cjs`;
    const outfile = join(directory, "cli", file);
    const { metafile } = await build({ ...COMMON, entryPoints: [name], format: "cjs", outfile });
    escapeNonAscii(outfile);
    inputs.push(...Object.keys(metafile.inputs));
    modules.set(name, lazyModule(file, require(outfile)));
  }
  return { modules, inputs };
}

/**
 * Returns the source of a CommonJS module that has the exports of a file, and loads the file when an export is first
 * read.
 */
function lazyModule(file, exports) {
  const hasOnlyDefault = Object.keys(exports).join() === "default";
  const [namedExports, suffix] = hasOnlyDefault ? [exports.default, ".default"] : [exports, ""];
  return `let loaded;
for (const name of ${JSON.stringify(Object.keys(namedExports).filter((name) => name !== "default"))}) {
  Object.defineProperty(exports, name, { enumerable: true, get: () => (loaded ??= requireFile(${JSON.stringify(file)})${suffix})[name] });
}
`;
}

async function bundleProgram(packages) {
  const { metafile } = await build({
    ...COMMON,
    entryPoints: ["cli/main.ts"],
    format: "esm",
    splitting: true,
    outdir: join(directory, "cli"),
    sourcemap: true,
    sourcesContent: false,
    plugins: [lazyModules(packages), compiledSchemas, commandsInOneFile, directImports, plainWidths],
    // Node.js runs a file ending in .js here as an ES module, which has no `require`.
    banner: {
      js: 'import { createRequire as requirer } from "node:module";\nconst requireFile = requirer(import.meta.url);',
    },
  });
  for (const output of Object.keys(metafile.outputs)) if (output.endsWith(".js")) escapeNonAscii(join(ROOT, output));
  return Object.keys(metafile.inputs);
}

/**
 * Escapes the characters that esbuild leaves in regular expressions and comments, because Node.js takes a fifth longer
 * to load a file that is not ASCII.
 */
function escapeNonAscii(file) {
  const escapeUnit = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(/[\u0080-\uffff]/g, escapeUnit));
}

function lazyModules(packages) {
  const namespace = "lazy";
  return {
    name: namespace,
    setup(bundle) {
      bundle.onResolve({ filter: /^[a-z]/ }, ({ path }) => (packages.has(path) ? { path, namespace } : undefined));
      bundle.onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: packages.get(path) }));
    },
  };
}

const compiledSchemas = {
  name: "schemas",
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]schema-validators\.ts$/ }, () => ({ contents: validatorsModule("../src/config") }));
  },
};

/**
 * Replaces the package that yargs uses to measure the width of its own help. That help is never shown, and the package
 * takes longer to load than yargs itself.
 */
const plainWidths = {
  name: "plain-widths",
  setup(bundle) {
    bundle.onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, () => ({
      contents: "export default (text) => text.length;",
    }));
  },
};

/**
 * Replaces each import from `src/internal.ts` with imports from the files that declare the names, because esbuild puts
 * everything that is imported through one file into one chunk. Keeps the number of lines, so that source maps stay
 * correct.
 */
const directImports = {
  name: "direct-imports",
  setup(bundle) {
    const texts = ["index.ts", "internal.ts"].map((name) => readFileSync(join(ROOT, "src", name), "utf8"));
    const exported = [...texts.join("").matchAll(/export \{([^}]*)\} from "([^"]+)"/g)];
    const files = new Map(exported.flatMap(([, names, file]) => namesIn(names).map((name) => [name, file])));
    bundle.onLoad({ filter: /[\\/]cli[\\/].*\.ts$/ }, ({ path }) => ({
      loader: "ts",
      contents: readFileSync(path, "utf8").replaceAll(
        /^import \{([^}]*)\} from "[./]+\/src\/internal\.ts";/gm,
        (all, names) => {
          const direct = namesIn(names).map(
            (name) => `import { ${name} } from ${JSON.stringify(join(ROOT, "src", files.get(name)))};`,
          );
          return direct.join(" ") + "\n".repeat(all.split("\n").length - 1);
        },
      ),
    }));
  },
};

const RUN = join(ROOT, "cli/run.ts");

/**
 * Puts all modules that `cli/run.ts` imports dynamically into one file. Otherwise, every module that some of them share
 * would be in a chunk of its own, and loading sixty files takes longer than compiling code that a command does not
 * need.
 */
const commandsInOneFile = {
  name: "commands-in-one-file",
  setup(bundle) {
    const namespace = "commands";
    const dynamicImport = /import\("(\.[^"]*)"\)/g;
    const source = readFileSync(RUN, "utf8");
    bundle.onLoad({ filter: /[\\/]cli[\\/]run\.ts$/ }, () => ({
      loader: "ts",
      contents: source.replaceAll(
        dynamicImport,
        (_, path) => `import("commands").then((modules) => modules[${JSON.stringify(path)}])`,
      ),
    }));
    bundle.onResolve({ filter: /^commands$/ }, () => ({ path: namespace, namespace }));
    bundle.onLoad({ filter: /.*/, namespace }, () => ({
      resolveDir: join(RUN, ".."),
      contents: [...source.matchAll(dynamicImport)]
        .map(([, path]) => `export * as ${JSON.stringify(path)} from ${JSON.stringify(path)};`)
        .join("\n"),
    }));
  },
};

/** Returns the names in the braces of an import or export, without types. */
function namesIn(list) {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && !name.startsWith("type "));
}

/** Writes the licenses of the bundled packages, because most licenses require that copies include their text. */
function writeLicenses(inputs) {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? "" : readFileSync(join(ROOT, folder, file), "utf8").trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  writeFileSync(join(directory, "cli/LICENSES.txt"), texts.join(`\n${"-".repeat(80)}\n\n`));
}

rmSync(join(directory, "cli"), { recursive: true, force: true });
compileTypeScript();
await compileSchemas();
const { modules, inputs } = await bundlePackages();
writeLicenses([...inputs, ...(await bundleProgram(modules))]);
chmodSync(join(directory, "cli/main.js"), 0o755);
