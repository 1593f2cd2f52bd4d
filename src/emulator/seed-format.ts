/** A company in its written form: what a seed and a state file hold. Every part may be left out. */
export interface Seed {
  readonly $schema?: string;
  /**
   * The seed is a snapshot of a company, taken as it is: contacts without `created_at` were created in the order of the
   * file, and a handle on two contacts or a value of an unknown custom field is no error.
   */
  readonly snapshot?: SeedOrigin;
  /** How this company's Front behaves where the documentation leaves it open. The emulator's own options win. */
  readonly behavior?: Readonly<Record<string, unknown>>;
  readonly company?: { readonly id?: string; readonly name?: string };
  readonly teammates?: readonly SeedTeammate[];
  readonly inboxes?: readonly { readonly id?: string; readonly name: string }[];
  readonly custom_fields?: readonly SeedField[];
  readonly account_custom_fields?: readonly SeedField[];
  /** A list is its name, or an object that says more. Two may share a name. */
  readonly lists?: readonly (string | SeedList)[];
  readonly contacts?: readonly SeedContact[];
  readonly accounts?: readonly SeedAccount[];
  /** From the id of a contact that was merged away to the survivor's. */
  readonly merged?: Readonly<Record<string, string>>;
  /** The number that the last id was made of. */
  readonly serial?: number;
  readonly oauth?: SeedOauth;
}

/** When a snapshot was taken, in ISO 8601. */
interface SeedOrigin {
  readonly format: number;
  readonly taken_at: string;
}

/** Who may sign in, and the tokens that are out. */
export interface SeedOauth {
  readonly clients?: readonly { readonly id: string; readonly secret: string }[];
  readonly refresh_tokens?: readonly SeedToken[];
  readonly access_tokens?: readonly SeedToken[];
}

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
  /** string, boolean, number, datetime, teammate, inbox or enum; values of any other type can only be kept. */
  readonly type: string;
  /** Of an enum: each choice is its value, or its value and the label that people see. */
  readonly values?: readonly (string | { readonly value: string; readonly label?: string })[];
}

export interface SeedList {
  readonly id?: string;
  readonly name: string;
  readonly is_private?: boolean;
  /** False for a list that contacts show and the listing of lists does not. */
  readonly is_listed?: boolean;
}

/** Times are epoch seconds. */
export interface SeedContact {
  readonly id?: string;
  readonly name?: string | null;
  /** Whether somebody gave the name on purpose (the default), rather than Front taking it from a message. */
  readonly name_edited?: boolean;
  readonly description?: string;
  /** At least one: as an object, or as `email:dale@fbi.example`. */
  readonly handles: readonly (string | { readonly source: string; readonly handle: string })[];
  readonly links?: readonly string[];
  /** Ids of lists of the seed, or names that only one of them has. */
  readonly lists?: readonly string[];
  /**
   * Taken as they are, so that a seed can hold values that Front would no longer accept. A number that a double cannot
   * hold is written as `{ "$number": "1e400" }`.
   */
  readonly custom_fields?: Readonly<Record<string, unknown>>;
  readonly is_private?: boolean;
  /** Without `base64` the address is shown, and there is no picture at it. */
  readonly avatar?: SeedAvatar | undefined;
  /** The author is a teammate's id or email. */
  readonly notes?: readonly { readonly author: string; readonly body: string; readonly created_at?: number }[];
  /** How many conversations the contact took part in. */
  readonly conversations?: number;
  /**
   * Properties shown in place of the contact's own, as odd as they like, and such as the emulator does not know:
   * `{ "custom_fields": null }`. A write of a property replaces what is here.
   */
  readonly shown_as?: Readonly<Record<string, unknown>>;
  readonly created_at?: number;
  readonly updated_at?: number;
}

export interface SeedAvatar {
  /** The address that the original company shows. */
  readonly url?: string | undefined;
  readonly type?: string | undefined;
  readonly base64?: string | undefined;
  /** The number in the emulator's own address. */
  readonly version?: number | undefined;
}

export interface SeedAccount {
  readonly id?: string;
  readonly name: string;
  readonly description?: string | null;
  readonly domains?: readonly string[];
  readonly external_id?: string | null;
  readonly custom_fields?: Readonly<Record<string, unknown>>;
  /** Ids of contacts, or handles such as `email:dale@fbi.example`. Left out, the domains decide. */
  readonly contacts?: readonly string[];
  readonly created_at?: number;
  readonly updated_at?: number;
}
