import { join } from "node:path";
import { createAtomicFile, systemDisk, type WritableDisk } from "./atomic-file.ts";

/** Where things are kept beside the files. Made when it is not there, and never for git, for there are names in it. */
export function makePrivateDirectory(contactsDirectory: string, disk: WritableDisk = systemDisk): string {
  const directory = join(contactsDirectory, ".front-contacts");
  const ignored = join(directory, ".gitignore");
  disk.makeDirectory(directory);
  if (!isThere(ignored, disk)) createAtomicFile(ignored, disk).finish("*\n");
  return directory;
}

function isThere(path: string, disk: WritableDisk): boolean {
  try {
    disk.read(path);
    return true;
  } catch {
    return false;
  }
}
