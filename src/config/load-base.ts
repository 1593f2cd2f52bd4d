import type { Disk } from "../fs/disk.ts";
import { type GitOptions, openGitTree } from "../fs/git-tree.ts";
import type { BaseState } from "../model/contact.ts";
import { type Diagnostic, generalError, generalWarning } from "../model/diagnostic.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type Loaded, loadDesired } from "./load-desired-state.ts";
import { createReloadedTexts, type SourceTexts } from "./source-texts.ts";

export interface LoadedBase extends Pick<Loaded, "diagnostics"> {
  readonly sources: SourceTexts;
  /** Undefined if there is an error. */
  readonly base?: Omit<BaseState, "overwrite">;
  /** Reads the files of the revision. */
  readonly disk: Disk;
}

/**
 * Loads the configuration at a git revision. Omits warnings about files, because the revision cannot be changed. Throws
 * a `UserError` if the revision cannot be read.
 */
export async function loadBase(revision: string, directory: string, git: GitOptions): Promise<LoadedBase> {
  const { name, root, disk, exists } = openGitTree(revision, directory, git);
  if (!exists) {
    const base = { revision, tree: name, contacts: [], lists: [] };
    return { base, disk, sources: new Map(), diagnostics: [noDirectoryWarning(revision, directory)] };
  }
  const options = { disk, allowEmpty: true, ignorePictureProblems: true, isDecodable: async () => true };
  const { desired, diagnostics, sources: texts, unreadAvatars = new Map() } = await loadDesired(root, options);
  const sources = createReloadedTexts(texts, disk);
  if (desired === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === "error");
    return { disk, sources, diagnostics: [invalidBaseError(revision), ...errors] };
  }
  const { contacts, lists, accounts } = desired;
  const unread = unreadAvatars.size === 0 ? undefined : Object.fromEntries(unreadAvatars);
  const base = omitUndefined({ revision, tree: name, contacts, lists, accounts, unreadAvatars: unread });
  return { base, disk, sources, diagnostics: [] };
}

function noDirectoryWarning(revision: string, directory: string): Diagnostic {
  const summary = `"${directory}" does not exist at revision "${revision}", so every entry is treated as new`;
  const advice = "If the directory had a different name at that revision, specify that name.";
  return generalWarning("base-new", summary, advice, { kind: "set-base-directory", revision });
}

function invalidBaseError(revision: string): Diagnostic {
  const summary = `The configuration at revision "${revision}" has errors`;
  const advice = "Specify a revision with a valid configuration.";
  return generalError("base-missing", summary, advice, { kind: "compare-with-base" });
}
