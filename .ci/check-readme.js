// Tests the installations that the README describes: from a clone, a tarball and a git URL, but not `npm link`. Requires
// access to the npm registry.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.check-readme";
const QUIET = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
const SEED = {
  lists: [{ name: "Suppliers" }],
  contacts: [
    { name: "Packard Mill", handles: ["email:office@packard.example"], lists: ["Suppliers"] },
    { name: "Great Northern", handles: ["email:desk@northern.example"] },
  ],
};

/** Commands that a user runs in the new repository. The emulator sets FRONT_API_TOKEN. */
const FIRST_COMMANDS = `set -e
npx --no front-contacts init
npx --no front-contacts schema --from-front
npx --no front-contacts import --list Suppliers
npx --no front-contacts plan --detailed-exitcode
npx --no front-contacts plan --out plan.json
git add .
git -c user.name=Ann -c user.email=ann@x.example commit --quiet --message "Import our suppliers"
`;

const EXPECTED_FILES = [
  ".gitignore",
  "contacts/contacts.schema.json",
  "contacts/front.schema.json",
  "contacts/imported.yaml",
  "contacts/settings.yaml",
  "package-lock.json",
  "package.json",
];

const home = mkdtempSync(join(tmpdir(), "front-contacts-check-readme-"));

function run(directory, command, ...args) {
  try {
    return execFileSync(command, args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch ({ stdout, stderr, status }) {
    throw new Error(`${command} ${args.join(" ")} exited with ${status}:\n${stdout}\n${stderr}`);
  }
}

function expectText(text, expected) {
  if (!text.includes(expected)) throw new Error(`Expected "${expected}" in:\n${text}`);
}

function createRepository(name) {
  const directory = join(home, name);
  mkdirSync(directory);
  run(directory, "git", "init", "--quiet");
  run(directory, "npm", "init", "--yes");
  return directory;
}

/** Runs the demo in a clone, packs the clone, and returns the file name of the tarball. */
function packClone() {
  run(home, "git", "clone", "--quiet", ROOT, "clone");
  const clone = join(home, "clone");
  run(clone, "npm", "ci", ...QUIET);
  expectText(run(clone, "npm", "start"), "No changes.");
  run(clone, "npm", "pack", "--ignore-scripts", "--pack-destination", home);
  return readdirSync(home).find((name) => name.endsWith(".tgz"));
}

function importContacts(tarball) {
  const repository = createRepository("repository");
  run(repository, "npm", "install", "--save-dev", ...QUIET, `../${tarball}`);
  writeFileSync(join(home, "seed.json"), JSON.stringify(SEED));
  writeFileSync(join(home, "first-commands.sh"), FIRST_COMMANDS);
  const emulator = ["emulator", "--seed", "../seed.json", "--token", TOKEN, "--", "bash", "../first-commands.sh"];
  expectText(run(repository, "npx", "--no", "front-contacts", ...emulator), "No changes.");
  const committed = run(repository, "git", "ls-files").trim();
  if (committed !== EXPECTED_FILES.join("\n"))
    throw new Error(`The commit does not contain exactly the expected files:\n${committed}`);
  if (run(repository, "git", "show", "HEAD").includes(TOKEN)) throw new Error("The commit contains the token.");
}

function installFromGit() {
  const repository = createRepository("from-git");
  const url = `git+${pathToFileURL(join(home, "clone")).href}`;
  run(repository, "npm", "install", "--save-dev", ...QUIET, url);
  expectText(
    run(repository, "npx", "--no", "front-contacts", "emulator", "--help"),
    "front-contacts emulator [options]",
  );
}

try {
  const tarball = packClone();
  console.log("In a clone, 'npm ci' and 'npm start' run the demo.");
  importContacts(tarball);
  console.log(
    "The package installed from the tarball imports contacts, and the commit contains exactly the expected files.",
  );
  installFromGit();
  console.log("The package installed from the git URL runs.");
} finally {
  rmSync(home, { recursive: true, force: true });
}
