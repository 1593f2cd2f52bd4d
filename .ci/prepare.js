// Installs the packages of the lock file if node_modules is missing or older than the lock file.
import { execSync } from "node:child_process";
import { statSync } from "node:fs";

function modified(path) {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return undefined;
  }
}

const installed = modified("node_modules/.package-lock.json");
const needed = modified("package-lock.json");
if (installed === undefined || needed === undefined || installed < needed) {
  execSync("npm ci --ignore-scripts --no-fund --no-audit", { stdio: "inherit" });
}

console.error("The tests of pages in a browser are a separate suite: npm run test:browser (requires Chromium).");
