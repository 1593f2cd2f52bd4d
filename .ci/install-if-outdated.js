// Installs the packages from the lock file if node_modules is missing or older than the lock file.
import { execSync } from "node:child_process";
import { statSync } from "node:fs";

function modificationTime(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

const installTime = modificationTime("node_modules/.package-lock.json");
const lockFileTime = modificationTime("package-lock.json");
if (installTime === undefined || lockFileTime === undefined || installTime < lockFileTime) {
  execSync("npm ci --ignore-scripts --no-fund --no-audit", { stdio: "inherit" });
}
