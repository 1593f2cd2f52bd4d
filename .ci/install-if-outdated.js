// Installs the packages from the lock file if node_modules is missing or older than the lock file.
import { execSync } from "node:child_process";
import { statSync } from "node:fs";

const installTime = statSync("node_modules/.package-lock.json", { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (installTime < statSync("package-lock.json").mtimeMs) {
  execSync("npm ci --ignore-scripts --no-fund --no-audit", { stdio: "inherit" });
}
