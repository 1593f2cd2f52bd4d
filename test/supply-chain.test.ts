import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";

interface LockedPackage {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

const NPM = "https://registry.npmjs.org/";
const readText = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
const manifest = JSON.parse(readText("package.json")) as Record<"dependencies", Record<string, string>>;
const lock = JSON.parse(readText("package-lock.json")) as { packages: Record<string, LockedPackage> };
const installed = Object.entries(lock.packages).filter(([path]) => path !== "");
const inProduction = installed.filter(([, { dev, devOptional }]) => !dev && !devOptional);

test("every package in the lock file has a checksum and comes from the npm registry", () => {
  const unverified = installed.filter(
    ([, { integrity = "", resolved = NPM }]) => !/^sha512-/.test(integrity) || !resolved.startsWith(NPM),
  );
  expect(unverified.map(([path]) => path)).toEqual([]);
});

test("no production dependency runs an install script", () => {
  expect(inProduction.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
});

const BUNDLED = ["ajv", "listr2", "picocolors", "yargs"];

test("CONTRIBUTING.md lists exactly the production dependencies and the packages in the bundle", () => {
  const table = /## Production dependencies\n([\s\S]*?)(?=\n## |$)/.exec(readText("CONTRIBUTING.md"))?.[1] ?? "";
  const rows = [...table.matchAll(/^\| `([^`]+)` \| ([^|]+) \| `([^`]+)` \|$/gm)];
  expect(rows.map(([, name]) => name).sort()).toEqual([...Object.keys(manifest.dependencies), ...BUNDLED].sort());
  for (const [, name, , path] of rows) expect(readText(path ?? "")).toMatch(new RegExp(`(from|import\\() ?"${name}`));
});

test("at most 60 packages are installed in production, not counting platform variants", () => {
  const names = new Set(inProduction.map(([path]) => path.replace(/^.*node_modules\//, "")));
  const platforms = [...names].filter((name) => name.startsWith("@img/") || name === "@emnapi/runtime");
  expect(names.size - platforms.length).toBeLessThanOrEqual(60);
});
