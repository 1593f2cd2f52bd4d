// Preloaded into the built program to kill it while it writes a file. KILL_IN_WRITE sets the moment: `2 half` is after
// half of the second file is written, `2 written` before that file is renamed, and `2 replaced` after it is renamed.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { kill, pid } from "node:process";

const [nth, moment] = (process.env["KILL_IN_WRITE"] ?? "").split(" ");
const counts = { half: 0, written: 0, replaced: 0 };

function killAt(now) {
  counts[now] += 1;
  if (counts[now] === Number(nth) && now === moment) kill(pid, "SIGKILL");
}

const { renameSync, writeFileSync } = fs;
fs.writeFileSync = (file, content) => {
  const bytes = Buffer.from(content);
  writeFileSync(file, bytes.subarray(0, bytes.length / 2));
  killAt("half");
  writeFileSync(file, bytes.subarray(bytes.length / 2));
  killAt("written");
};
fs.renameSync = (from, to) => {
  renameSync(from, to);
  killAt("replaced");
};
syncBuiltinESMExports();
