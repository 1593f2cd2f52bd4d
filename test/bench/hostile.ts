import { spawnSync } from "node:child_process";
import { HOSTILE_YAML, hostileYamlText } from "../support/hostile-yaml.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { ROOT, TOOL } from "./processes.ts";
import { renderTable } from "./table.ts";

const SIZE = 4 * 1024 * 1024;
const MAX_SECONDS = 10;
const MAX_MEGABYTES = 400;
const COMMANDS = [["validate"], ["fmt", "--check"]];

function main(): void {
  using directory = new TemporaryDirectory();
  const rows = Object.entries(HOSTILE_YAML).flatMap(([name, yaml]) => {
    directory.write("contacts/a.yaml", hostileYamlText(yaml, SIZE));
    return COMMANDS.map((command) => [name, command.join(" "), ...measure(command, directory.pathOf("contacts"))]);
  });
  process.stdout.write(renderTable(["file", "command", "cpu", "memory", "result"], rows));
  if (rows.some((row) => row.at(-1) !== "ok")) process.exitCode = 1;
}

function measure(command: readonly string[], directory: string): string[] {
  const usage = ["--require", `${ROOT}test/bench/usage.cjs`];
  const { output } = spawnSync(process.execPath, [...usage, TOOL, ...command, "--contacts", directory], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    timeout: 60_000,
  });
  const usageText = String(output?.[3] ?? "");
  if (usageText === "") return ["-", "-", "did not finish"];
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(usageText);
  const [seconds, megabytes] = [(userCPUTime + systemCPUTime) / 1e6, maxRSS / 1024];
  const isExceeded = seconds > MAX_SECONDS || megabytes > MAX_MEGABYTES;
  return [
    `${seconds.toFixed(1)} s`,
    `${Math.round(megabytes)} MB`,
    isExceeded ? `over ${MAX_SECONDS} s or ${MAX_MEGABYTES} MB` : "ok",
  ];
}

main();
