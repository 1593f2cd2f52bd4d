import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getLanguageService, type LanguageService, type MarkupContent, TextDocument } from "yaml-language-server";

export interface Completion {
  readonly label: string;
  readonly documentation: string;
}

/** The type of a document. The language server does not export this type. */
type ServerDocument = Parameters<LanguageService["doComplete"]>[0];

/** The version of the last document. The server caches documents by version. */
let lastVersion = 0;

/** The language server that YAML editors use, with one open file. The first line of the file selects its schema. */
export class Editor {
  readonly #service = getLanguageService({
    schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), "utf8"),
    workspaceContext: { resolveRelativePath: (path, resource) => new URL(path, resource).href },
  });
  readonly #document: ServerDocument;

  /** Opens a file with this text. The file does not have to exist on disk. */
  constructor(path: string, text: string) {
    this.#service.configure({ completion: true, hover: true, validate: true, schemas: [], yamlVersion: "1.2" });
    lastVersion += 1;
    this.#document = TextDocument.create(
      pathToFileURL(path).href,
      "yaml",
      lastVersion,
      text,
    ) as unknown as ServerDocument;
  }

  /** Returns the completions at the end of the text. */
  async completions(): Promise<Completion[]> {
    const end = this.#document.positionAt(this.#document.getText().length);
    const { items } = await this.#service.doComplete(this.#document, end, false);
    const sortedItems = items.toSorted((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));
    return sortedItems.map(({ label, documentation }) => ({ label, documentation: textOf(documentation) }));
  }

  async hoverOver(key: string): Promise<string> {
    const start = this.#document.getText().indexOf(key);
    const hover = await this.#service.doHover(this.#document, this.#document.positionAt(start + 1));
    return hover === null ? "" : textOf(hover.contents as MarkupContent);
  }

  async diagnostics(): Promise<string[]> {
    const diagnostics = await this.#service.doValidation(this.#document, false);
    return diagnostics.map(({ message, range }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`);
  }
}

function sortKeyOf({ sortText, label }: { readonly sortText?: string; readonly label: string }): string {
  return sortText ?? label;
}

function textOf(documentation: string | MarkupContent | undefined): string {
  return typeof documentation === "object" ? documentation.value : (documentation ?? "");
}
