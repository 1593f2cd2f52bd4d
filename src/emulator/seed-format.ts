/** A company, as in a seed or state file. Every part is optional. */
export interface Seed {
  readonly $schema?: string;
  /**
   * Marks a snapshot of a company, which is validated less strictly: for example, a handle may be on two contacts.
   * Contacts without `created_at` are treated as created in the order of the file.
   */
  readonly snapshot?: SnapshotInfo;
  /** Behaviors of this company that Front does not document. Options of the emulator take precedence. */
  readonly behavior?: Readonly<Record<string, unknown>>;
  readonly company?: { readonly id?: string; readonly name?: string };
  readonly teammates?: readonly SeedTeammate[];
  readonly inboxes?: readonly { readonly id?: string; readonly name: string }[];
  /** Workspaces, oldest first. A list is created in the first workspace unless the request specifies another. */
  readonly teams?: readonly { readonly id?: string; readonly name: string }[];
  readonly custom_fields?: readonly SeedField[];
  readonly account_custom_fields?: readonly SeedField[];
  /** Lists, or their names. Two lists may have the same name. */
  readonly lists?: readonly (string | SeedList)[];
  readonly contacts?: readonly SeedContact[];
  readonly accounts?: readonly SeedAccount[];
  /** Maps the ID of each merged contact to the ID of the remaining contact. */
  readonly merged?: Readonly<Record<string, string>>;
  /** The number in the last generated ID. */
  readonly serial?: number;
  readonly oauth?: SeedOauth;
}

/** The format of a snapshot, and the time at which it was taken (ISO 8601). */
export interface SnapshotInfo {
  readonly format: number;
  readonly taken_at: string;
}

export interface SeedOauth {
  readonly clients?: readonly { readonly id: string; readonly secret: string }[];
  readonly refresh_tokens?: readonly SeedToken[];
  readonly access_tokens?: readonly SeedToken[];
}

/** An OAuth token. `expires_at` is in epoch seconds. */
export interface SeedToken {
  readonly token: string;
  readonly client_id: string;
  readonly expires_at: number;
}

export interface SeedTeammate {
  readonly id?: string;
  readonly email: string;
  readonly username?: string;
  readonly first_name?: string;
  readonly last_name?: string;
}

export interface SeedField {
  readonly id?: string;
  readonly name: string;
  readonly description?: string;
  /** string, boolean, number, datetime, teammate, inbox or enum. Values of any other type cannot be changed. */
  readonly type: string;
  /** The values of an enum, each with an optional label. */
  readonly values?: readonly (string | { readonly value: string; readonly label?: string })[];
}

export interface SeedList {
  readonly id?: string;
  readonly name: string;
  /** The ID of its workspace. Default: the first workspace. */
  readonly team?: string;
  readonly is_private?: boolean;
  /** False for a list that appears on contacts but not in the listing of lists. */
  readonly is_listed?: boolean;
}

/** A contact. Times are epoch seconds. */
export interface SeedContact {
  readonly id?: string;
  readonly name?: string | null;
  /**
   * True if a person or API client set the name (default if there is a name), false if Front took it from a message.
   */
  readonly name_edited?: boolean;
  readonly description?: string;
  /** Objects, or strings such as `email:dale@fbi.example`. At least one, except in a snapshot. */
  readonly handles: readonly (string | { readonly source: string; readonly handle: string })[];
  readonly links?: readonly string[];
  /** IDs or unique names of lists in the seed. */
  readonly lists?: readonly string[];
  /**
   * The values are not validated, so that a seed can contain values that Front no longer accepts. Except in a snapshot,
   * each name must be in the company's `custom_fields`. A number that a double cannot represent is written as
   * `{ "$number": "1e400" }`.
   */
  readonly custom_fields?: Readonly<Record<string, unknown>>;
  readonly is_private?: boolean;
  /** `base64` and `type` may be omitted only with `url`. The URL then returns no picture. */
  readonly avatar?: SeedAvatar | undefined;
  /** The author is a teammate's ID or email address. */
  readonly notes?: readonly { readonly author: string; readonly body: string; readonly created_at?: number }[];
  readonly conversations?: number;
  /**
   * Properties that replace the contact's own properties in responses, including malformed and unknown properties, for
   * example `{ "custom_fields": null }`. A request that changes a property removes it from `shown_as`.
   */
  readonly shown_as?: Readonly<Record<string, unknown>>;
  readonly created_at?: number;
  readonly updated_at?: number;
}

export interface SeedAvatar {
  /** The URL in the original company. */
  readonly url?: string | undefined;
  readonly type?: string | undefined;
  readonly base64?: string | undefined;
  /** The number at the end of the avatar's URL in the emulator. */
  readonly version?: number | undefined;
}

/** An account. Times are epoch seconds. */
export interface SeedAccount {
  readonly id?: string;
  readonly name: string;
  readonly description?: string | null;
  readonly domains?: readonly string[];
  readonly external_id?: string | null;
  readonly custom_fields?: Readonly<Record<string, unknown>>;
  /** IDs of contacts, or handles such as `email:dale@fbi.example` (default: the contacts with one of the domains). */
  readonly contacts?: readonly string[];
  readonly created_at?: number;
  readonly updated_at?: number;
}
