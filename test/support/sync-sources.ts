import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "./sandbox.ts";

/**
 * The earlier values with which `import --update --changed-in-front` compares Front: the cache, or a commit. Each has a
 * title, an option and a setup.
 */
export const SYNC_SOURCES = [
  ["the cache", "", () => undefined],
  [
    "a base",
    " --base HEAD",
    (sandbox: Sandbox) => {
      sandbox.createRepository("contacts/people.yaml");
      rmSync(join(sandbox.directory, "contacts/.front-contacts"), { recursive: true });
    },
  ],
] as const;
