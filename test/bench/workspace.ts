import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Seed } from "../../src/emulator/index.ts";

/** A temporary directory with configuration files and the seed of a company. */
export class Workspace implements Disposable {
  readonly directory = mkdtempSync(join(tmpdir(), "front-contacts-bench-"));
  readonly contacts = join(this.directory, "contacts");
  readonly seed = join(this.directory, "seed.json");

  /** `files` contains the contents of the files, by path relative to the contacts directory. */
  constructor(files: ReadonlyMap<string, string | Uint8Array>, company: Seed) {
    writeFileSync(this.seed, JSON.stringify(company));
    mkdirSync(this.contacts);
    for (const [path, content] of files) {
      mkdirSync(dirname(join(this.contacts, path)), { recursive: true });
      writeFileSync(join(this.contacts, path), content);
    }
  }

  deleteCache(): void {
    rmSync(join(this.contacts, ".front-contacts"), { recursive: true, force: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
