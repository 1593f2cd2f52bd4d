import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { type Loaded, loadDesired } from "../../src/config/load-desired-state.ts";
import type { Seed } from "../../src/emulator/index.ts";
import { type LocationOptions, openImportDestination, resolveLocation } from "../../src/importing/destination.ts";
import { type FrontImport, type FrontImportOptions, importFromFront } from "../../src/importing/from-front.ts";
import type { ImportTarget } from "../../src/importing/import-writer.ts";
import type { Selection } from "../../src/importing/selection.ts";
import type { Diagnostic } from "../../src/model/diagnostic.ts";
import type { Plan } from "../../src/model/plan.ts";
import { planChanges } from "../../src/planning/plan-changes.ts";
import { readRemoteState } from "../../src/reading/read-remote-state.ts";
import { UNGUARDED } from "./builders.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";
import { type TestEnvironment, withTestEnvironment } from "./test-environment.ts";

export const ALL: Selection = { all: true, lists: [], contacts: [] };

export class ImportDirectory extends TemporaryDirectory {
  read(path: string): string {
    return readFileSync(this.pathOf(path), "utf8");
  }

  /** Returns the contents of all files in base64, by path. */
  files(): Record<string, string> {
    const names = readdirSync(this.path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = names.map((entry) => join(entry.parentPath, entry.name)).sort();
    return Object.fromEntries(paths.map((path) => [path, readFileSync(path).toString("base64")]));
  }

  async target(options: TargetOptions = {}): Promise<ImportTarget> {
    const { destination, loaded } = await openImportDestination("contacts", { cwd: this.path });
    if (destination === undefined) throw new Error(describeDiagnostics(loaded.diagnostics));
    return {
      destination,
      location: resolveLocation(destination, options),
      sharesDefaults: options.sharesDefaults ?? false,
    };
  }

  async import(
    environment: TestEnvironment,
    { selection = ALL, signal, ...options }: ImportOptions = {},
  ): Promise<FrontImport> {
    const front = environment.connect({ readOnly: true, ...(signal && { signal }) });
    return await importFromFront(await this.target(options), front, selection, options);
  }

  async importSeed(seed: Seed, options?: ImportOptions): Promise<FrontImport> {
    return await withTestEnvironment({ seed }, (environment) => this.import(environment, options));
  }

  /** Imports contacts again. Fails if the import changes a file. */
  async importUnchanged(environment: TestEnvironment, options?: ImportOptions): Promise<FrontImport> {
    const before = this.files();
    const report = await this.import(environment, options);
    expect(this.files()).toEqual(before);
    return report;
  }

  async load(): Promise<Loaded> {
    return await loadDesired("contacts", { cwd: this.path, allowEmpty: true });
  }

  /** Returns the plan for the files. Throws an error if the files are invalid. */
  async plan(environment: TestEnvironment): Promise<Plan> {
    const { desired, diagnostics } = await this.load();
    if (desired === undefined) throw new Error(describeDiagnostics(diagnostics));
    const state = await readRemoteState(desired, environment.connect({ readOnly: true }), { cwd: this.path });
    return planChanges(desired, state, UNGUARDED);
  }
}

type TargetOptions = LocationOptions & Pick<ImportTarget, "sharesDefaults">;
type ImportOptions = TargetOptions &
  FrontImportOptions & { readonly selection?: Selection; readonly signal?: AbortSignal };

function describeDiagnostics(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map(({ location, summary }) => `${location?.file}:${location?.line} ${summary}`).join("\n");
}
