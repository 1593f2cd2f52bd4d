import type { PresetName } from "./tables/presets.ts";

type HandleConfiguration = { readonly source: string } & ({ readonly handle: string } | { readonly sha256: string });

/** Values by field name, or by cell text in a column. `null` clears the field, or means that the cell is empty. */
type FieldValues = Readonly<Record<string, string | number | boolean | null>>;

/** A contact in a configuration object, with the same keys and rules as in a file (docs/format.md). */
interface ContactConfiguration {
  readonly handles: readonly HandleConfiguration[];
  readonly name?: string;
  readonly description?: string | null;
  readonly links?: readonly string[];
  readonly lists?: readonly (string | { readonly id: string })[];
  readonly custom_fields?: FieldValues;
  /** A key of `accounts`, or a reference to an account in Front. */
  readonly account?: string | { readonly domain: string } | { readonly external_id: string } | { readonly id: string };
  /** A path relative to the working directory. */
  readonly avatar?: string;
  readonly id?: string;
  readonly ensure?: "present" | "absent";
  readonly merge?: boolean;
  readonly protect?: boolean;
  readonly exact?: readonly ("handles" | "links" | "lists" | "custom_fields")[];
}

/** An account in a configuration object (docs/accounts.md). */
interface AccountConfiguration {
  readonly name?: string;
  readonly description?: string | null;
  readonly domains?: readonly string[];
  readonly external_id?: string;
  readonly custom_fields?: FieldValues;
  readonly id?: string;
  readonly ensure?: "present" | "absent";
  readonly protect?: boolean;
  readonly exact?: readonly ("domains" | "custom_fields")[];
}

type ColumnConfiguration =
  | string
  | {
      readonly column: string;
      readonly separator?: string;
      readonly values?: FieldValues;
      readonly country?: string;
      readonly by?: "domain" | "external_id" | "id" | "key";
      readonly format?: string;
      readonly zone?: string;
    };
type ColumnsConfiguration = ColumnConfiguration | readonly ColumnConfiguration[];

/** The contact properties to which columns can be mapped. */
type MappedProperty =
  | "name"
  | "description"
  | "email"
  | "phone"
  | "twitter"
  | "facebook"
  | "intercom"
  | "front_chat"
  | "custom"
  | "links"
  | "lists"
  | "account";

/** A row of a table: cells by column name. A null or missing cell is empty. */
type RowConfiguration = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** A table in a configuration object (docs/tables.md): its rows, the text of a CSV file, or the path of a CSV file. */
export type TableConfiguration = {
  readonly key: string;
  readonly where?: Readonly<Record<string, string | readonly string[]>>;
  readonly preset?: PresetName;
  readonly columns?: Readonly<Partial<Record<MappedProperty, ColumnsConfiguration>>> & {
    readonly custom_fields?: Readonly<Record<string, ColumnsConfiguration>>;
  };
  readonly country?: string;
  readonly empty?: "keep" | "clear";
  readonly null_values?: readonly string[];
  readonly missing?: "keep" | "absent";
} & (
  | { readonly rows: readonly RowConfiguration[] }
  | { readonly csv: string; readonly delimiter?: "," | ";" | "\t" | "|" }
  | {
      /** A path relative to the working directory. */
      readonly file: string;
      readonly delimiter?: "," | ";" | "\t" | "|";
      readonly encoding?: "utf-8" | "utf-16" | "windows-1252";
    }
);

interface ListConfiguration {
  readonly team?: string;
  readonly members?: "exact";
  readonly ensure?: "present" | "absent";
}

/** The contents of configuration files as one object. */
export interface Configuration {
  readonly contacts?: Readonly<Record<string, ContactConfiguration>>;
  /** Default values for contacts and table rows, as in a file named `defaults.yaml`. */
  readonly defaults?: Omit<ContactConfiguration, "handles" | "name" | "id" | "ensure" | "merge">;
  readonly accounts?: Readonly<Record<string, AccountConfiguration>>;
  readonly tables?: Readonly<Record<string, TableConfiguration>>;
  readonly lists?: readonly string[] | Readonly<Record<string, ListConfiguration>>;
  readonly custom_fields?: Readonly<Record<string, { readonly type: string; readonly values?: readonly string[] }>>;
  readonly settings?: {
    readonly company?: string;
    readonly phone_country?: string;
    /** A whole percentage from `0%` to `99%`. */
    readonly reserve?: string;
    readonly require?: readonly string[];
    readonly guards?: { readonly changes?: string | number; readonly removals?: string | number };
    readonly history?: { readonly runs?: number; readonly days?: number; readonly avatars?: boolean };
  };
}
