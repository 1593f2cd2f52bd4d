import { PRESET_NAMES } from "../../src/internal.ts";
import { UsageError } from "../environment.ts";
import { defineCommand, type Positionals } from "./command.ts";
import {
  choice,
  flag,
  flagOrChoice,
  optionName,
  rejectCombination,
  rejectOptions,
  repeatableText,
  text,
  type ValuesOf,
} from "./option.ts";
import { FRONT_OPTIONS, type GlobalArgs } from "./shared-options.ts";

const IMPORT_OPTIONS = {
  list: repeatableText("Import the members of this list (repeatable)", "NAME"),
  all: flag("Import every contact in the company"),
  accounts: flag("Also import the accounts of the contacts; with --all, every account"),
  fromCsv: text("Import from this CSV file instead of Front; - reads standard input", "FILE"),
  fromVcard: text("Import from this vCard file instead of Front; - reads standard input", "FILE"),
  preset: choice(
    PRESET_NAMES,
    `Program that exported the CSV file: ${PRESET_NAMES.join(", ")} (default without --map: detected from the columns)`,
    "PRESET",
  ),
  map: repeatableText(
    'Map CSV columns or vCard properties to attributes, as in name=Name,email=Email,"Job Title"=Title (repeatable)',
    "TARGET=COLUMN",
  ),
  nullValue: repeatableText("Treat CSV cells with this text, such as n/a, as empty (repeatable)", "TEXT"),
  separator: text("Separator between several handles or lists in a CSV cell, such as , or ; (requires --map)", "TEXT"),
  lists: flag("Import the categories of vCards as contact lists"),
  skipInvalid: flag("Exit with 0 even if invalid rows or cards are skipped"),
  skipInvalidHandles: flag("Import rows and cards without their invalid handles, and list the skipped handles"),
  to: text(
    "File to write (default: imported.yaml in the contacts directory), or directory with --split (default: the contacts directory)",
    "PATH",
  ),
  split: flag("Write one file per contact, KEY.yaml; the files after the first 1,000 go to part-2/, part-3/ and so on"),
  defaults: flag(
    "Write values that the imported contacts share to defaults.yaml instead of every entry; see docs/import.md",
  ),
  update: flag(
    "Update existing entries, preserving comments (default: all; CONTACT or --list selects entries; --all also adds new contacts)",
  ),
  changedInFront: flag(
    "With --update: update only values that changed in Front since they were last in sync, or since --base",
  ),
  base: text("With --changed-in-front: compare with the configuration at this git revision", "REV"),
  handles: flag("With --update: also add handles that an entry does not declare (an import from a file always does)"),
  noAvatars: flag("Do not import avatars"),
  dryRun: flagOrChoice("full", "Write nothing; show counts and a sample, or everything with --dry-run=full"),
  ...FRONT_OPTIONS,
} as const;

export const IMPORT = defineCommand({
  description: "Import contacts from Front, CSV or vCard into YAML",
  options: IMPORT_OPTIONS,
  argument: {
    name: "contact",
    required: false,
    repeatable: true,
    description:
      "Email address, phone number, source:handle or crd_…; with --update, also an entry's key or address (supports * and ?)",
  },
  examples: {
    "front-contacts import dale@fbi.example +13605550123": "Import two contacts",
    "front-contacts import --list 'Twin Peaks Characters' --split": "Import a list, one file per contact",
    "front-contacts import --all --dry-run": "Preview an import of all contacts",
    "front-contacts import --all --accounts": "Import all contacts and accounts",
    "front-contacts import --all --update": "Import new contacts and update existing entries",
    "front-contacts import --update --changed-in-front": "Write changes made in Front to the configuration",
    "front-contacts import --from-csv contacts.csv": "Import a CSV file exported by a supported program",
    "front-contacts import --from-csv crm.csv --map name=Name,email=Email": "Import any other CSV file",
    "front-contacts import --from-vcard contacts.vcf --lists": "Import an address book",
  },
  toArgs: importFrom,
});

/**
 * Throws a `UsageError` for an address without `--update`. Users of Terraform may specify one, as in
 * `terraform import ADDRESS ID`.
 */
function rejectAddress(queries: readonly string[], update: boolean): void {
  if (update) return;
  const address = queries.find((query) => /^front_(contact|account|contact_list)\./.test(query));
  if (address === undefined) return;
  throw new UsageError(`"${address}" is a resource address, not a contact`, addressAdvice(address, queries));
}

function addressAdvice(address: string, queries: readonly string[]): string {
  if (address.startsWith("front_contact_list.")) return "To import the members of a contact list, use --list NAME.";
  const id = queries.find((query) => /^crd_\w+$/.test(query)) ?? "crd_55c8c149";
  const advice = address.startsWith("front_account.")
    ? "To import the accounts of contacts, use --accounts."
    : `Specify only the contact, for example 'front-contacts import ${id}'.`;
  return `${advice} With --update, an address selects an existing entry.`;
}

/** The options that apply only to CSV files. */
const TABLE_KEYS = ["preset", "nullValue", "separator"] as const;
const UPDATE_KEYS = ["handles", "changedInFront"] as const;

type ImportValues = ValuesOf<typeof IMPORT_OPTIONS> & GlobalArgs;

export type ImportArgs = ReturnType<typeof importFrom>;
export type FrontImportArgs = Extract<ImportArgs, { readonly source: "front" }>;
export type FileImportArgs = Exclude<ImportArgs, FrontImportArgs>;

/** `queries` are the CONTACT arguments. */
function importFrom(values: ImportValues, { args: queries }: Positionals) {
  const { fromCsv, fromVcard, preset, map, lists, nullValue, separator, ...otherValues } = values;
  const { skipInvalid, skipInvalidHandles, ...frontValues } = otherValues;
  const { list, all, accounts, handles, changedInFront, base, noAvatars, ...commonValues } = frontValues;
  rejectCombination("--defaults", "--update", values.defaults && values.update);
  rejectCombination("--from-csv", "--from-vcard", fromCsv !== undefined && fromVcard !== undefined);
  const shared = { ...commonValues, avatars: !noAvatars };
  const hasSelection = queries.length + list.length > 0;
  if (!values.update) {
    rejectOptions(values, UPDATE_KEYS, (option) => [
      `${option} requires --update`,
      `Add --update, or remove ${option}.`,
    ]);
  }
  if (base !== undefined && !changedInFront) {
    throw new UsageError("--base requires --changed-in-front", "Add --changed-in-front, or remove --base.");
  }
  rejectCombination("--all", "--changed-in-front", all && changedInFront);
  rejectFileForSplit(values);
  const file = fromCsv ?? fromVcard;
  if (file === undefined) {
    rejectOptions(values, ["map", "lists", "skipInvalid", "skipInvalidHandles", ...TABLE_KEYS], (option) => [
      `${option} applies only to imports from a file`,
      adviseFile(option),
    ]);
    rejectAddress(queries, values.update);
    assertHasSelection(all, hasSelection, values.update);
    return { ...shared, source: "front" as const, queries, lists: list, all, accounts, handles, changedInFront, base };
  }
  const source = fromCsv === undefined ? ("vcard" as const) : ("csv" as const);
  const explain = (option: string) =>
    [
      `${option} cannot be combined with --from-${source}`,
      `Remove ${option}: an import from a file ${option === "--handles" ? "always adds new handles" : "does not read Front"}.`,
    ] as const;
  if (queries.length > 0) throw new UsageError(...explain("CONTACT"));
  rejectOptions(values, ["list", "all", "accounts", ...UPDATE_KEYS], explain);
  rejectUnsupportedFileOptions(source, file, values);
  const tableValues = { preset, nullValues: nullValue, separator };
  const fileValues = { mappings: map, ...tableValues, categories: lists, skipInvalid, skipInvalidHandles };
  return { ...shared, source, file, ...fileValues };
}

function adviseFile(option: string): string {
  if (option === "--lists") return "Add --from-vcard FILE. To import the members of a contact list, use --list NAME.";
  return TABLE_KEYS.some((key) => option === `--${optionName(key)}`)
    ? "Add --from-csv FILE."
    : "Add --from-csv FILE or --from-vcard FILE.";
}

function rejectFileForSplit({ split, to = "" }: ImportValues): void {
  if (!split || !/\.ya?ml$/i.test(to)) return;
  throw new UsageError(
    `With --split, "${to}" would be a directory`,
    "Specify a directory, or remove --split to write one file.",
  );
}

function rejectUnsupportedFileOptions(source: "csv" | "vcard", file: string, values: ImportValues): void {
  const { map, separator, tokenFile } = values;
  rejectOptions(values, source === "csv" ? ["lists"] : TABLE_KEYS, (option) => [
    `${option} cannot be combined with --from-${source}`,
    source === "csv" ? "Use --map list=COLUMN." : `Remove ${option}: it applies only to --from-csv.`,
  ]);
  if (separator !== undefined && map.length === 0) {
    throw new UsageError("--separator requires --map", "Add --map TARGET=COLUMN, or remove --separator.");
  }
  if (file !== "-" || tokenFile !== "-") return;
  throw new UsageError(
    `--from-${source} - and --token-file - both read standard input`,
    "Remove --token-file: importing a file needs no token.",
  );
}

function assertHasSelection(all: boolean, hasSelection: boolean, update: boolean): void {
  if (all && hasSelection)
    throw new UsageError("--all cannot be combined with CONTACT or --list", "Use either --all, or CONTACT and --list.");
  if (all || hasSelection || update) return;
  throw new UsageError(
    "No contacts specified",
    "Specify an email address, a phone number or a contact ID, or use --list NAME, --all or --update.",
  );
}
