import { posix } from "node:path";
import { createDisk, type Disk } from "../fs/disk.ts";
import { append } from "../model/append.ts";
import { combineDiagnostics } from "../model/combine-diagnostics.ts";
import type { DesiredAccount, DesiredContact, DesiredHandle, DesiredState } from "../model/contact.ts";
import { byLocation, type Diagnostic, hasBlockingErrors, positionOf } from "../model/diagnostic.ts";
import { LIMITS } from "../model/limits.ts";
import { omitUndefined } from "../model/omit-undefined.ts";
import { type ParsedYaml, parseYaml } from "../yaml/parse.ts";
import type { Source } from "../yaml/source-text.ts";
import { Avatars, type IsDecodable } from "./avatars.ts";
import { warnCommentsInValues } from "./comments-in-values.ts";
import { checkAgainstCompanySchema, readCompanySchemaFile } from "./company-schema-file.ts";
import { Defaults } from "./defaults.ts";
import { findFiles, readSources, type SourceRead } from "./find-files.ts";
import { phoneCountryOf, withE164Numbers } from "./handle-rules.ts";
import { configProblem } from "./messages.ts";
import { checkRules } from "./rules.ts";
import { checkSchema } from "./schema.ts";
import { combineColumnDiagnostics } from "./tables/combine-column-diagnostics.ts";
import { Tables } from "./tables/load-tables.ts";
import type { TableSpec } from "./tables/table-spec.ts";
import type { TableText } from "./tables/table-text.ts";
import { createAccountResolver, finishAccount } from "./unchecked-accounts.ts";
import {
  joinUncheckedConfigs,
  readUncheckedConfig,
  type UncheckedConfig,
  type UncheckedContact,
  type UncheckedHandle,
} from "./unchecked-config.ts";
import { type LocatedText, withoutSources } from "./written-values.ts";

/** Options of `loadDesired` and `createDesiredState`. */
export interface LoadOptions {
  /** Default: the working directory. */
  readonly cwd?: string;
  /** Default: the file system. */
  readonly disk?: Disk;
  /**
   * Omits the diagnostics for a missing directory, a directory without YAML files and a configuration without contacts.
   * Default: false.
   */
  readonly allowEmpty?: boolean;
  /** Checks the company, custom fields and lists against the company schema file. Default: false. */
  readonly againstCompanySchema?: boolean;
  /** Returns whether a picture can be decoded. Default: tries to decode it. */
  readonly isDecodable?: IsDecodable;
  /** Omits invalid pictures instead of reporting them. Default: false. */
  readonly ignorePictureProblems?: boolean;
  /** Called after each file and every 1,000 rows of a table. */
  readonly onProgress?: (contactsLoaded: number) => void;
}

export interface Loaded {
  /** Undefined if `diagnostics` contains an error. */
  readonly desired?: DesiredState;
  /** Sorted by location. */
  readonly diagnostics: readonly Diagnostic[];
  /** The texts of the files, by path. */
  readonly sources: ReadonlyMap<string, string>;
  /** The defaults by directory, including inherited ones. */
  readonly defaults?: ReadonlyMap<string, DesiredContact>;
  /** With `ignorePictureProblems`: why avatars are omitted, by contact key. */
  readonly unreadAvatars?: ReadonlyMap<string, string>;
}

export interface LoadedForImport extends Loaded {
  /** Table declarations by name. Undefined if `diagnostics` contains an error. */
  readonly tables?: ReadonlyMap<string, TableSpec>;
}

const MAX_PROBLEMS_PER_FILE = 100;

const EMPTY_CODES: readonly string[] = ["no-directory", "no-files"];

/** Loads and checks the configuration files in a directory and its subdirectories. */
export function loadDesired(directory: string, options: LoadOptions = {}): Promise<Loaded> {
  return loadForImport(directory, options);
}

export async function loadForImport(
  directory: string,
  { cwd, disk = createDisk(cwd), allowEmpty = false, againstCompanySchema = false, ...others }: LoadOptions,
): Promise<LoadedForImport> {
  const root = posix.normalize(directory).replace(/(.)\/+$/, "$1");
  const { paths, diagnostics } = findFiles(root, disk);
  const onContacts = counter(others.onProgress);
  const files = Array.from(readSources(paths, disk), (read) => {
    const file = checkFile(read);
    onContacts(countContacts(file.configs));
    return file;
  });
  const tables = new Tables(root, disk, onContacts);
  const defaults = new Defaults(files.flatMap(({ configs }) => configs).flatMap((config) => config.defaults));
  const loaded = files.flatMap(({ source, configs }) => {
    const directory = posix.dirname(source?.file ?? root);
    return configs.map((config) => withRowsAndDefaults(config, { tables, defaults, directory }));
  });
  const config = withE164Numbers(joinUncheckedConfigs(loaded));
  const tableProblems = tables.loaded.flatMap((table) => table.diagnostics);
  const complete = files.every((file) => file.complete) && !hasBlockingErrors(tableProblems);
  const violations = checkRules({ ...config, complete });
  const differences = againstCompanySchema ? checkAgainstCompanySchema(readCompanySchemaFile(root, disk), config) : [];
  const avatars = new Avatars(root, disk, others.isDecodable);
  const finished = await finishContacts(config.contacts, config.accounts, avatars);
  const finishedDefaults = await finishContacts(defaults.ofEachDirectory(), config.accounts, avatars);
  const problems = sortProblems(
    [
      ...diagnostics.filter(({ code }) => !allowEmpty || !EMPTY_CODES.includes(code)),
      ...withoutMalformedKeys(
        files.flatMap((file) => file.diagnostics),
        violations,
      ),
      ...tableProblems,
      ...violations,
      // `field-type` is excluded, because `combineColumnDiagnostics` groups invalid values in a table by column.
      ...combineDiagnostics(withoutLocationsOf(violations, differences), ["field-type"]),
      ...(others.ignorePictureProblems ? [] : [...finished.diagnostics, ...finishedDefaults.diagnostics]),
    ],
    tables.texts,
    phoneCountryOf(config),
  );
  const sources = new Map([
    ...files.flatMap(({ source }) => (source === undefined ? [] : [[source.file, source.text] as const])),
    ...[...tables.texts].map(([path, { text }]) => [path, text] as const),
  ]);
  if (hasBlockingErrors(problems)) return { diagnostics: problems, sources };
  const isEmpty = !allowEmpty && managesNothing(config);
  return {
    desired: desiredOf(config, finished.contacts, defaults),
    diagnostics: isEmpty ? [configProblem("no-contacts", undefined), ...problems] : problems,
    sources,
    defaults: new Map(finishedDefaults.contacts.map((values) => [posix.dirname(values.location.file), values])),
    unreadAvatars: finished.unreadAvatars,
    tables: new Map(config.tables.map((spec) => [spec.name, spec])),
  };
}

/** Omits schema errors about references to accounts if a rule suggests the key of an account. */
function withoutMalformedKeys(
  diagnostics: readonly Diagnostic[],
  violations: readonly Diagnostic[],
): readonly Diagnostic[] {
  const references = violations.filter(({ code }) => code === "account-not-declared");
  return references.length === 0 ? diagnostics : withoutLocationsOf(references, diagnostics);
}

/** A list that is only declared is not managed. */
function managesNothing({ contacts, accounts, lists }: UncheckedConfig): boolean {
  const managesList = lists.some(({ ensure, members }) => ensure !== undefined || members !== undefined);
  return contacts.length === 0 && accounts.length === 0 && !managesList;
}

function withoutLocationsOf(others: readonly Diagnostic[], diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const startOf = ({ location }: Diagnostic) => location && positionOf(location);
  const starts = new Set(others.map(startOf));
  return diagnostics.filter((diagnostic) => !starts.has(startOf(diagnostic)));
}

function counter(report: (sum: number) => void = () => {}): (count: number) => void {
  let sum = 0;
  return (count) => {
    sum += count;
    report(sum);
  };
}

function withRowsAndDefaults(
  config: UncheckedConfig,
  { tables, defaults, directory }: { tables: Tables; defaults: Defaults; directory: string },
): UncheckedConfig {
  const loaded = config.tables.map((spec) => ({ spec, table: tables.load(spec) }));
  const contacts = [...config.contacts, ...loaded.flatMap(({ table }) => table.contacts)];
  return {
    ...config,
    tables: loaded.map(({ spec, table }) => ({ ...spec, skippedRows: table.skippedRows })),
    contacts: contacts.map((contact) => defaults.apply(contact, directory)),
  };
}

interface CheckedFile {
  readonly source?: Source;
  readonly configs: readonly UncheckedConfig[];
  readonly diagnostics: readonly Diagnostic[];
  /** True if the whole file was read and parsed. */
  readonly complete: boolean;
}

function checkFile({ source, diagnostics }: SourceRead): CheckedFile {
  if (source === undefined || hasBlockingErrors(diagnostics)) {
    return omitUndefined({ source, configs: [], diagnostics, complete: false });
  }
  const parsed = parseYaml(source);
  const configs = parsed.documents.map(readUncheckedConfig);
  const problems = [
    ...diagnostics,
    ...parsed.diagnostics,
    ...parsed.documents.flatMap(checkSchema),
    ...warnCommentsInValues(source, parsed.documents),
    ...checkContents(source, parsed, configs),
  ];
  return { source, configs, diagnostics: problems, complete: !hasBlockingErrors(parsed.diagnostics) };
}

function countContacts(configs: readonly UncheckedConfig[]): number {
  return configs.reduce((sum, { contacts }) => sum + contacts.length, 0);
}

function* checkContents(source: Source, parsed: ParsedYaml, configs: readonly UncheckedConfig[]): Iterable<Diagnostic> {
  const where = { location: source.locationOf([0, 1]) };
  if (parsed.documents.length === 0 && parsed.diagnostics.length === 0) {
    yield configProblem("file-empty", undefined, where);
  }
  const count = countContacts(configs);
  if (count > LIMITS.contacts) yield configProblem("too-many", { count }, where);
}

async function finishContacts(
  unchecked: readonly UncheckedContact[],
  accounts: UncheckedConfig["accounts"],
  avatars: Avatars,
): Promise<{
  readonly contacts: readonly DesiredContact[];
  readonly diagnostics: readonly Diagnostic[];
  readonly unreadAvatars: ReadonlyMap<string, string>;
}> {
  const diagnostics: Diagnostic[] = [];
  const unreadAvatars = new Map<string, string>();
  const resolveAccount = createAccountResolver(accounts);
  const loadAvatar = async (key: string, avatar: LocatedText): Promise<DesiredContact["avatar"]> => {
    const { picture, diagnostic } = await avatars.load(avatar);
    if (diagnostic !== undefined) diagnostics.push(diagnostic);
    if (diagnostic !== undefined && picture === undefined) unreadAvatars.set(key, diagnostic.summary);
    return picture && { ...picture, location: avatar.location };
  };
  const contacts: DesiredContact[] = [];
  // Pictures are loaded sequentially, so that only one is in memory at a time.
  for (const contact of unchecked) {
    const avatar = contact.avatar && (await loadAvatar(contact.key, contact.avatar));
    contacts.push(finishContact(contact, { account: contact.account && resolveAccount(contact.account), avatar }));
  }
  return { contacts, diagnostics, unreadAvatars };
}

/** The value of `exact` in contacts that do not set it. Contacts share one array to save memory. */
const NOT_EXACT: DesiredContact["exact"] = [];

/** An object literal is faster than rest properties. */
function finishContact(
  contact: UncheckedContact,
  { account, avatar }: { readonly account: DesiredAccount | undefined; readonly avatar: DesiredContact["avatar"] },
): DesiredContact {
  const { key, location, id, idLocation, ensure, merge, protect, handles, hashedHandles, name, description } = contact;
  const { links, lists, customFields, restoredAccounts, exact, inherited, without } = contact;
  return omitUndefined({
    key,
    location,
    id,
    idLocation,
    ensure,
    merge,
    protect: protect || undefined,
    handles: handles.some(({ country }) => country !== undefined) ? handles.map(withoutCountry) : handles,
    hashedHandles,
    name,
    description,
    links: links?.map(({ text }) => text),
    lists,
    customFields: customFields && withoutSources(customFields),
    avatar,
    account,
    restoredAccounts,
    exact: exact?.map(({ text }) => text) ?? NOT_EXACT,
    inherited,
    without,
  } satisfies Record<keyof DesiredContact, unknown>);
}

function withoutCountry({ source, handle, location }: UncheckedHandle): DesiredHandle {
  return { source, handle, location };
}

function desiredOf(
  { tables, lists, accounts, customFields, settings }: UncheckedConfig,
  contacts: readonly DesiredContact[],
  defaults: Defaults,
): DesiredState {
  const tablesWithMissingAbsent = tables.flatMap(({ name, location, absent, skippedRows }) => {
    if (absent === undefined) return [];
    const protect = defaults.protectionIn(posix.dirname(location.file));
    return [omitUndefined({ name, location: absent, skippedRows, protect })];
  });
  return {
    contacts,
    lists,
    customFields,
    settings: settings[0]?.settings ?? {},
    ...(accounts.length === 0 ? {} : { accounts: accounts.map(finishAccount) }),
    ...(tablesWithMissingAbsent.length === 0 ? {} : { tablesWithMissingAbsent }),
  };
}

/**
 * Sorts diagnostics by location. Removes duplicates that aliases cause, groups the problems of table columns, and
 * limits the problems per file.
 */
function sortProblems(
  diagnostics: readonly Diagnostic[],
  tables: ReadonlyMap<string, TableText>,
  phoneCountry: string | undefined,
): Diagnostic[] {
  const distinct = new Map(diagnostics.map((diagnostic) => [identify(diagnostic), diagnostic]));
  const grouped = combineColumnDiagnostics([...distinct.values()].toSorted(byLocation), tables, phoneCountry);
  return limitPerFile(grouped).toSorted(byLocation);
}

function identify({ code, location, summary }: Diagnostic): string {
  return JSON.stringify([code, location?.file, location?.line, location?.column, summary]);
}

/**
 * Limits the number of errors and of warnings per file, so that one broken file does not hide the problems of other
 * files, and warnings do not hide errors.
 */
function limitPerFile(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const groups = new Map<string, Diagnostic[]>();
  for (const diagnostic of diagnostics)
    append(groups, `${diagnostic.severity} ${diagnostic.location?.file ?? ""}`, diagnostic);
  return [...groups.values()].flatMap((problems) => [
    ...problems.slice(0, MAX_PROBLEMS_PER_FILE),
    ...countOmitted(problems.slice(MAX_PROBLEMS_PER_FILE)),
  ]);
}

function* countOmitted(omitted: readonly Diagnostic[]): Iterable<Diagnostic> {
  const [first] = omitted;
  if (first === undefined) return;
  const parameters = { count: omitted.length, isError: hasBlockingErrors(omitted) };
  yield configProblem("too-many-problems", parameters, { location: first.location });
}
