// Packs the npm package, and fails if publint or the type check finds a problem, if the package contains a nested
// package.json, or if one of its documents links to a file that is not in the package.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Resolution modes that cannot work, because the package is ESM and has subpath exports. */
const UNSUPPORTED = ["node10", "node16-cjs"];

function pack(directory) {
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", directory];
  const [{ filename }] = JSON.parse(execFileSync("npm", args, { cwd: ROOT, encoding: "utf8" }));
  return readFileSync(join(directory, filename));
}

async function lint(tarball) {
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }));
}

async function checkTypes(packed) {
  const { problems } = await checkPackage(packed);
  return problems
    .filter(({ resolutionKind }) => !UNSUPPORTED.includes(resolutionKind))
    .map((problem) => `types: ${JSON.stringify(problem)}`);
}

/** A nested package.json changes how Node.js loads the files in its directory. */
function nestedManifests(files) {
  return files.filter((file) => file.endsWith("/package.json")).map((file) => `${file} is a nested package.json`);
}

function brokenLinks(files, read) {
  const documents = files.filter((file) => file.endsWith(".md"));
  return documents.flatMap((document) =>
    [...read(document).matchAll(/\]\(([^)\s:#]+)(?:#[^)\s]*)?\)/g)]
      .map(([, target]) => posix.join(posix.dirname(document), target))
      .filter((target) => !files.includes(target))
      .map((target) => `${document} links to ${target}, which is not in the package`),
  );
}

const directory = mkdtempSync(join(tmpdir(), "front-contacts-package-"));
try {
  const tarball = pack(directory);
  const packed = createPackageFromTarballData(tarball);
  const prefix = `/node_modules/${packed.packageName}/`;
  const files = packed.listFiles().map((file) => file.slice(prefix.length));
  const problems = [
    ...(await lint(tarball)),
    ...(await checkTypes(packed)),
    ...nestedManifests(files),
    ...brokenLinks(files, (file) => packed.readFile(prefix + file)),
  ];
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log(`The package is valid: ${files.length} files.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
