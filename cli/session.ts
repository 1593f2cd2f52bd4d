import { relative, resolve } from "node:path";
import {
  type Cache,
  type Clock,
  cacheNotWritten,
  connectFront,
  createDisk,
  createReloadedTexts,
  DEFAULT_BACKOFF,
  DEFAULT_RESERVE,
  type DesiredState,
  type Diagnostic,
  type Fetch,
  type FrontApi,
  type Journal,
  type Loaded,
  type LoadedBase,
  type LoadOptions,
  loadBase,
  loadDesired,
  openCache,
  openJournal,
  PAGE_SIZE,
  type Pause,
  type Plan,
  picturesMatch,
  type ReadOptions,
  RequestBudget,
  RunDirectory,
  readPicture,
  type Settings,
  type SourceTexts,
  systemClock,
  UserError,
} from "../src/internal.ts";
import type { SessionArgs } from "./args/shared-options.ts";
import { apiUrl, type Credentials, findCredentials, warnAboutEnvironment } from "./auth/credentials.ts";
import { type Environment, UsageError } from "./environment.ts";
import { openTrace, type Trace } from "./trace-file.ts";
import { completeEachAdvice } from "./views/advice.ts";
import { type Colors, colorsFor } from "./views/colors.ts";
import { renderDiagnostics } from "./views/diagnostics.ts";
import { knownHandles, type Mask, maskFor, NO_MASK, teammatesOf } from "./views/mask-handles.ts";
import { LoadingProgress, type Progress, startProgress } from "./views/progress-line.ts";
import { terminalWidth, wrapForTerminal } from "./views/wrap.ts";

/** The configuration and the plan whose handles are masked in output. */
export interface MaskContext {
  /** The texts of the configuration files; undefined for a saved plan. */
  readonly sources?: SourceTexts | undefined;
  readonly desired?: DesiredState | undefined;
  readonly plan?: Plan | undefined;
}

/** The loaded configuration. The texts of a large configuration are not in memory; `sources` reads them again. */
export interface LoadedConfiguration extends Omit<Loaded, "sources"> {
  readonly sources: SourceTexts;
}

type ConnectionSettings = Pick<Settings, "reserve" | "company">;

interface ReadProgressOptions {
  readonly live?: boolean;
  /** Default: the size of a page. */
  readonly contactsPerRequest?: number;
}

/** The resources that modules share during a run, such as the HTTP clients and the cache. */
export class Session {
  readonly environment: Environment;
  readonly args: SessionArgs;
  readonly clock: Clock;
  readonly #unmasked: Environment;
  #maskText = (text: string): string => text;
  readonly #closed = new AbortController();
  #budget: RequestBudget | undefined;
  #trace: Trace | undefined;
  #credentials: Credentials | undefined;
  #reader: FrontApi | undefined;
  #writer: FrontApi | undefined;
  #cache: Promise<Cache> | undefined;
  #progress: Progress | undefined;
  /** Downloaded pictures that differ from the file that they were compared with, by URL. */
  readonly remotePictures = new Map<string, Uint8Array>();
  #pictureBytes = 0;
  /** Email addresses of the teammates in the plans of this run, in lower case. They are not masked. */
  readonly #teammates = new Set<string>();
  #base: LoadedBase | undefined;

  constructor(environment: Environment, args: SessionArgs) {
    this.args = args;
    this.clock = environment.clock ?? systemClock;
    this.#unmasked = environment;
    if (args.masked === true) {
      const { text } = maskFor([], this.#teammates);
      this.#maskText = text;
      // Inherits the other properties instead of copying them, because reading the working directory may throw.
      this.environment = Object.create(environment, {
        out: { value: (output: string) => environment.out(text(output)) },
        err: { value: (output: string) => environment.err(text(output)) },
      });
    } else this.environment = environment;
  }

  /** Throws a `UsageError` if the directory was deleted. */
  get cwd(): string {
    return this.environment.cwd;
  }

  get signal(): AbortSignal {
    return AbortSignal.any([this.environment.signal, this.#closed.signal]);
  }

  /**
   * True if Front is an emulator with a copy of the company. A rehearsal does not write the company's cache or runs.
   */
  get isRehearsal(): boolean {
    return this.environment.env["FRONT_CONTACTS_REHEARSAL"] === "1";
  }

  /** The maximum delay before the first retry, in milliseconds. */
  get backoff(): number {
    const text = this.environment.env["FRONT_CONTACTS_BACKOFF_MS"] ?? "";
    if (text === "") return DEFAULT_BACKOFF;
    if (/^\d{1,6}$/.test(text)) return Number(text);
    const advice = `Set it to a whole number from 0 to 999999, such as ${DEFAULT_BACKOFF}, or unset it.`;
    throw new UsageError("FRONT_CONTACTS_BACKOFF_MS is not a valid number of milliseconds", advice);
  }

  /** The function that sends requests and, with `--trace FILE`, records them. Undefined for the `fetch` of Node.js. */
  get fetch(): Fetch | undefined {
    if (this.args.trace === undefined) return this.environment.fetch;
    this.#trace ??= openTrace(this.args.trace, this.environment, this.clock);
    return this.#trace.fetch;
  }

  /** Prints a result to standard output without wrapping it. */
  out(text: string): void {
    this.environment.out(text);
  }

  print(text: string): void {
    this.#unmasked.out(wrapForTerminal(this.#maskText(text), this.#unmasked, "stdout"));
  }

  /** If standard output cannot be written, prints the result to standard error. */
  printReliably(text: string): void {
    const output = wrapForTerminal(this.#maskText(text), this.#unmasked, "stdout");
    this.#unmasked.out(output, () => this.#unmasked.err(output));
  }

  err(text: string): void {
    this.#unmasked.err(wrapForTerminal(this.#maskText(text), this.#unmasked, "stderr"));
  }

  colors(stream: "stdout" | "stderr"): Colors {
    return colorsFor(this.environment, stream, { disabled: this.args.noColor });
  }

  /** Returns a mask for the handles in a configuration and a plan. */
  mask(context: MaskContext, masked = this.args.masked === true): Mask {
    if (!masked) return NO_MASK;
    const { desired, plan, sources } = context;
    const teammates = plan === undefined ? new Set<string>() : teammatesOf(plan);
    // All output is masked again when it is printed, and must then still show the teammates.
    for (const email of teammates) this.#teammates.add(email);
    return maskFor(knownHandles(desired, plan, sources), teammates);
  }

  showDiagnostics(diagnostics: readonly Diagnostic[], context: MaskContext = {}): void {
    if (diagnostics.length === 0) return;
    const options = { mask: this.mask(context), width: terminalWidth(this.environment, "stderr") };
    const completed = completeEachAdvice(diagnostics, this.args.contacts);
    this.err(renderDiagnostics(completed, context.sources, this.colors("stderr"), options));
  }

  /** Stores a picture that a plan may replace, unless the pictures would be too large in total. */
  keepPicture(url: string, bytes: Uint8Array): void {
    if (this.#pictureBytes + bytes.length > MAX_PICTURE_BYTES) return;
    this.#pictureBytes += bytes.length;
    this.remotePictures.set(url, bytes);
  }

  /** Starts a progress line, which also shows pauses before requests. */
  startProgress(title: string, options: ReadProgressOptions = {}): Progress {
    const { progressStream, env, signal } = this.environment;
    const { live, contactsPerRequest = PAGE_SIZE } = options;
    this.#progress = startProgress({ err: (text) => this.err(text), progressStream, env, signal }, title, {
      clock: this.clock,
      live,
      maxContactsPerMinute: () => this.#reader?.requestRate && this.#reader.requestRate.perMinute * contactsPerRequest,
    });
    return this.#progress;
  }

  async withProgress<T>(
    title: string,
    work: (progress: Progress) => Promise<T>,
    options: ReadProgressOptions = {},
  ): Promise<T> {
    const progress = this.startProgress(title, options);
    try {
      return await work(progress);
    } finally {
      await progress.stop();
    }
  }

  async loadConfiguration(options: LoadOptions = {}): Promise<LoadedConfiguration> {
    const { cwd, environment } = this;
    const progress = new LoadingProgress(environment, this.clock);
    const onProgress = (contactsLoaded: number) => {
      environment.onProgress?.();
      progress.update(contactsLoaded);
    };
    try {
      const { sources, ...loaded } = await loadDesired(this.args.contacts, { ...options, cwd, onProgress });
      return { ...loaded, sources: createReloadedTexts(sources, createDisk(cwd)) };
    } finally {
      progress.stop();
    }
  }

  /** Loads the configuration at a git revision. `sources` are the current files. */
  async loadBase(revision: string, { sources }: Pick<LoadedConfiguration, "sources">): Promise<LoadedBase> {
    const { contacts } = this.args;
    const files = [...sources.keys()].map((file) => relative(contacts, file));
    const loaded = await loadBase(revision, contacts, { cwd: this.cwd, env: this.environment.env, files });
    this.#base = loaded;
    return loaded;
  }

  /** Returns whether a picture in Front matches a file of the configuration or of its base. */
  readonly isSamePicture: NonNullable<ReadOptions["isSamePicture"]> = async (file, downloaded) => {
    const disk = this.#base?.disk;
    const isAtBase = disk?.realPath(file.path) !== undefined;
    return picturesMatch(await readPicture(file, isAtBase ? { disk } : { cwd: this.cwd }), downloaded);
  };

  credentials(company: string | undefined): Credentials {
    if (this.#credentials === undefined) {
      warnAboutEnvironment(this.environment);
      this.#credentials = findCredentials(this, company);
    }
    return this.#credentials;
  }

  /** Returns the client that sends only GET requests. Only the settings of the first call are used. */
  frontReader(settings: ConnectionSettings): FrontApi {
    this.#reader ??= this.#connect(settings, true);
    return this.#reader;
  }

  /** Returns the client that may change Front. It shares the request budget with the reader. */
  frontWriter(settings: ConnectionSettings): FrontApi {
    this.#writer ??= this.#connect(settings, false);
    return this.#writer;
  }

  #connect({ reserve: configured, company }: ConnectionSettings, readOnly: boolean): FrontApi {
    const { reserve = configured ?? DEFAULT_RESERVE, burst = false, parallelism } = this.args;
    this.#budget ??= new RequestBudget({ reserve, burst });
    return connectFront({
      reserve,
      burst,
      readOnly,
      parallelism,
      requestBudget: this.#budget,
      backoff: this.backoff,
      clock: this.clock,
      fetch: this.fetch,
      url: apiUrl(this.environment),
      token: this.credentials(company).token,
      signal: this.signal,
      onPause: (pause) => this.#showPause(pause),
    });
  }

  /** Returns the cache, which a rehearsal reads but does not write. */
  cache(): Promise<Cache> {
    const directory = resolve(this.cwd, this.args.contacts);
    this.#cache ??= openCache(directory, this.environment.disk, { readOnly: this.isRehearsal });
    return this.#cache;
  }

  runs(): RunDirectory {
    return new RunDirectory(this.args.contacts, { cwd: this.cwd, disk: this.environment.disk });
  }

  openJournal(company: string, run: string): Journal {
    try {
      return openJournal(this.args.contacts, { company, run, clock: this.clock, cwd: this.cwd });
    } catch (error) {
      throw error instanceof UserError ? error.withAdvice("To apply without a journal, use --no-journal.") : error;
    }
  }

  /** Closes files. Aborts requests in flight, so that no read continues after another read has failed. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#progress?.stop();
    this.#trace?.close();
    const cache = this.#cache;
    // `close` is called twice if the run fails with a `UserError`.
    this.#cache = undefined;
    const reason = (await cache)?.failure;
    if (reason !== undefined) this.showDiagnostics([cacheNotWritten(this.args.contacts, reason)]);
  }

  #showPause({ reason, milliseconds }: Pause): void {
    const text = `Waiting ${Math.ceil(milliseconds / 1000)} s ${PAUSE_REASONS[reason]}`;
    this.#progress?.update(text);
    if (reason !== "rate-limit" || milliseconds >= LONG_PAUSE) this.#progress?.log(text);
  }
}

const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

const PAUSE_REASONS: Readonly<Record<Pause["reason"], string>> = {
  "rate-limit": "for the rate limit, leaving the reserve to other integrations",
  "retry-after": "as Front requested",
  backoff: "before retrying",
};

/** Shorter pauses for the rate limit are not logged. In milliseconds. */
const LONG_PAUSE = 10_000;
