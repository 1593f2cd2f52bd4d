import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Outside } from "./test-environment.ts";

/** The sources of values in sync, the cache and a commit: a title, the option for it, and a setup that removes the other. */
export const SYNC_SOURCES = [
  ["by the cache", "", () => undefined],
  [
    "by a base",
    " --base HEAD",
    ({ directory }: Outside) => {
      const git = (...args: string[]) => execFileSync("git", args, { cwd: directory, stdio: "ignore" });
      git("init", "--quiet");
      git("add", "contacts/people.yaml");
      git("-c", "user.name=T", "-c", "user.email=t@x.example", "commit", "--quiet", "--message", "x");
      rmSync(join(directory, "contacts/.front-contacts"), { recursive: true });
    },
  ],
] as const;
