export function contactAddress(key: string): string {
  return `front_contact.${key}`;
}

/** Returns the key of a table row: `TABLE["ROW"]`. */
export function rowKey(table: string, row: string): string {
  // V8 keeps the parts of a template literal in memory. A joined string takes a fraction of that memory.
  return [table, "[", quoted(row), "]"].join("");
}

/** Returns the name of the table in the key of a row; undefined for the key of a YAML entry. */
export function tableOfKey(key: string): string | undefined {
  const bracket = key.indexOf("[");
  return bracket === -1 ? undefined : key.slice(0, bracket);
}

/** Returns a key in quotes for messages. The key of a table row is unchanged, because it already contains quotes. */
export function quotedKey(key: string): string {
  return tableOfKey(key) === undefined ? `"${key}"` : key;
}

/** Returns the address of an undeclared contact that a plan changes, such as the source of a moved handle. */
export function undeclaredAddress(id: string): string {
  return `front_contact.undeclared[${quoted(id)}]`;
}

export function accountAddress(key: string): string {
  return `front_account.${key}`;
}

export function listAddress(name: string): string {
  return `front_contact_list.this[${quoted(name)}]`;
}

/** The parts of an address, in Terraform's terms. */
interface AddressParts {
  readonly type: string;
  readonly name: string;
  /** The unescaped key in brackets. Omitted for an address without brackets. */
  readonly index?: string;
}

/** Returns the parts of an address, which must be one that a function of this module returned. */
export function splitAddress(address: string): AddressParts {
  const [, type = "", name = "", key] = /^(\w+)\.([^[]*)(?:\["(.*)"\])?$/s.exec(address) ?? [];
  return { type, name, ...(key === undefined ? {} : { index: unquoted(key) }) };
}

export function isListAddress(address: string): boolean {
  return address.startsWith("front_contact_list.");
}

/**
 * Matches characters to escape in an HCL string: quotes, backslashes, the start of a template, and any character that
 * is not a letter, mark, number, punctuation character, symbol or space.
 */
const ESCAPED = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|[$%](?=\{)/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  $: "$$",
  "%": "%%",
};

/** Returns an HCL string, which is the format of Terraform's instance keys. */
function quoted(text: string): string {
  return `"${text.replace(ESCAPED, (character) => SHORT_ESCAPES[character] ?? codePointEscape(character))}"`;
}

function unquoted(text: string): string {
  return text.replace(/\\(?:u(.{4})|U(.{8})|(.))|\$\$(?=\{)|%%(?=\{)/gu, (match, short, long, single) => {
    if (single !== undefined) return { n: "\n", r: "\r", t: "\t" }[String(single)] ?? String(single);
    const code = short ?? long;
    return code === undefined ? match.slice(1) : String.fromCodePoint(Number.parseInt(code, 16));
  });
}

function codePointEscape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, "0")}` : `\\u${code.padStart(4, "0")}`;
}
