import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where things are kept beside the files. Made when it is not there, and never for git, for there are names in it. */
export function makeOwnDirectory(contactsDirectory: string): string {
  const directory = join(contactsDirectory, ".front-contacts");
  mkdirSync(directory, { recursive: true });
  try {
    writeFileSync(join(directory, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return directory;
}
