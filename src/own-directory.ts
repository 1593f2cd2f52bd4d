import { join } from "node:path";
import { systemDisk, type WritableDisk } from "./draft-file.ts";

/** Where things are kept beside the files. Made when it is not there, and never for git, for there are names in it. */
export function makeOwnDirectory(contactsDirectory: string, disk: WritableDisk = systemDisk): string {
  const directory = join(contactsDirectory, ".front-contacts");
  disk.makeDirectory(directory);
  try {
    const file = disk.create(join(directory, ".gitignore"));
    disk.write(file, "*\n");
    disk.close(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return directory;
}
