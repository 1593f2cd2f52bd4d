// Preloaded into the built program, and kills it while it writes the nth file. KILL_IN_WRITE is for
// example `2 half`: half of the second file is written; `written`: all of it, under its temporary name; `replaced`: under its own.
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
