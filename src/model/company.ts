/** The company that the token belongs to. */
export interface Company {
  /** `cmp_…` */
  readonly id: string;
  readonly name: string;
}

/** A custom field as the company defines it. Types that Front adds later are read as their own name. */
export interface FieldDefinition {
  readonly name: string;
  readonly type: string;
  /** The values of an enum, not their labels. */
  readonly values: readonly string[];
  /** What people see in place of the values, in the same order. */
  readonly labels?: readonly string[];
  readonly description?: string;
}

export interface Teammate {
  readonly email: string;
  readonly name: string;
}

export interface Inbox {
  /** `inb_…` */
  readonly id: string;
  readonly name: string;
}
