// Preloaded into the built program. Kills it while it writes a file, at the moment in KILL_IN_WRITE: `2 half` is after
// half of the second file, `2 written` before the file is renamed to its final name, and `2 replaced` after that.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { kill, pid } from "node:process";

const [nth, moment] = (process.env["KILL_IN_WRITE"] ?? "").split(" ");
const counts = { half: 0, written: 0, replaced: 0 };

function dieAt(now) {
  counts[now] += 1;
  if (counts[now] === Number(nth) && now === moment) kill(pid, "SIGKILL");
}

const { renameSync, writeFileSync } = fs;
fs.writeFileSync = (file, content) => {
  const bytes = Buffer.from(content);
  writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  dieAt("half");
  writeFileSync(file, bytes.subarray(bytes.length / 2));
  dieAt("written");
};
fs.renameSync = (from, to) => {
  renameSync(from, to);
  dieAt("replaced");
};
syncBuiltinESMExports();
