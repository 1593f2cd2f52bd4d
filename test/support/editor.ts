import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { getLanguageService, type LanguageService, type MarkupContent, TextDocument } from "yaml-language-server";

/** A completion that an editor offers. */
export interface Offered {
  readonly label: string;
  readonly documentation: string;
}

/** The document type of the server, which does not export it. */
type Opened = Parameters<LanguageService["doComplete"]>[0];

/** The version of the last document. The server caches documents by version. */
let opened = 0;

/** The language server that YAML editors use, with one file open in it. Schemas come from the file's own first line. */
export class Editor {
  readonly #service = getLanguageService({
    schemaRequestService: async (uri) => readFileSync(fileURLToPath(uri), "utf8"),
    workspaceContext: { resolveRelativePath: (path, resource) => new URL(path, resource).href },
  });
  readonly #document: Opened;

  /** The file does not have to exist. */
  constructor(path: string, text: string) {
    this.#service.configure({ completion: true, hover: true, validate: true, schemas: [], yamlVersion: "1.2" });
    opened += 1;
    this.#document = TextDocument.create(pathToFileURL(path).href, "yaml", opened, text) as unknown as Opened;
  }

  async completionsAfter(words: string): Promise<Offered[]> {
    const { items } = await this.#service.doComplete(this.#document, this.#positionAfter(words), false);
    const inOrder = items.toSorted((one, other) => (positionOf(one) < positionOf(other) ? -1 : 1));
    return inOrder.map(({ label, documentation }) => ({ label, documentation: wordsOf(documentation) }));
  }

  async hoverOver(word: string): Promise<string> {
    const hover = await this.#service.doHover(this.#document, this.#positionAfter(word.slice(0, 1), word));
    return hover === null ? "" : wordsOf(hover.contents as MarkupContent);
  }

  async marks(): Promise<string[]> {
    const found = await this.#service.doValidation(this.#document, false);
    return found.map(({ message, range }) => `${range.start.line + 1}:${range.start.character + 1} ${message}`);
  }

  #positionAfter(words: string, within = words) {
    const at = this.#document.getText().indexOf(within);
    if (at === -1) throw new Error(`the file does not contain ${within}`);
    return this.#document.positionAt(at + words.length);
  }
}

/** Returns the text by which editors sort completions. */
function positionOf({ sortText, label }: { readonly sortText?: string; readonly label: string }): string {
  return sortText ?? label;
}

function wordsOf(documentation: string | MarkupContent | undefined): string {
  return typeof documentation === "object" ? documentation.value : (documentation ?? "");
}
