import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Seed } from "../../src/emulator/index.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

/** A temporary directory with configuration files and the seed of a company. */
export class Workspace extends TemporaryDirectory {
  readonly contacts = this.pathOf("contacts");
  readonly seed = this.pathOf("seed.json");

  /** `files` contains the contents of the files, by path relative to the contacts directory. */
  constructor(files: ReadonlyMap<string, string | Uint8Array>, company: Seed) {
    super();
    this.write("seed.json", JSON.stringify(company));
    mkdirSync(this.contacts);
    for (const [path, content] of files) this.write(join("contacts", path), content);
  }

  deleteCache(): void {
    rmSync(join(this.contacts, ".front-contacts"), { recursive: true, force: true });
  }
}
