import type { AppliedPlan, Clock, DesiredState, Operation, WritableDisk } from "../../src/internal.ts";
import type { SimTime } from "./sim-time.ts";

/** Thrown when a run is killed. Code that catches it cannot continue: the clock, disk and network no longer work. */
export class Killed extends Error {
  override readonly name = "Killed";
}

export type Command = "plan" | "plan --out" | "apply" | "apply FILE" | "undo";

export interface ProcessOptions {
  readonly name: string;
  readonly command: Command;
  readonly time: SimTime;
  readonly files: Map<string, string>;
  /** The desired state of this run. The run may make only changes that the desired state permits. */
  readonly desired: DesiredState;
  /** The run to undo. */
  readonly applied?: AppliedPlan | undefined;
  /** The index of the step after which the run is killed. */
  readonly lastStep?: number | undefined;
  /** The number of the first disk step, counted from 1, at which the disk is full. */
  readonly diskFullFrom?: number | undefined;
}

/** A run of the tool, which can be killed at any step. */
export class Process {
  readonly name: string;
  /** The desired state of the current configuration, of the saved plan that is applied, or of the undo. */
  desired: DesiredState;
  /** The externally visible steps so far. */
  readonly steps: string[] = [];
  readonly applied: AppliedPlan | undefined;
  /** Rejects when the run is killed. */
  readonly death: Promise<never>;
  requests = 0;
  isAlive = true;
  readonly command: Command;
  /** The operations of the approved plan. Empty until the run has a plan. */
  plannedOperations: readonly Operation[] = [];
  /** The operations after re-validation. Their contacts may have other IDs than in the plan. */
  revalidatedOperations: readonly Operation[] = [];
  /**
   * The IDs of contacts that re-validation found for entries, including entries whose contact the plan creates, by the
   * address of the entry.
   */
  existingIds: ReadonlyMap<string, string> = new Map();
  readonly #options: ProcessOptions;
  #die: (reason: Killed) => void = () => {};
  #diskSteps = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.command = options.command;
    this.desired = options.desired;
    this.applied = options.applied;
    this.death = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.death.catch(() => undefined);
  }

  /** Kills the run if this is its last step. Returns true if the run was killed. */
  step(name: string): boolean {
    if (!this.isAlive) return true;
    this.steps.push(name);
    if (this.steps.length - 1 === this.#options.lastStep) this.kill(name);
    return !this.isAlive;
  }

  kill(at: string): void {
    this.isAlive = false;
    this.#die(new Killed(at));
  }

  throwIfKilled(): void {
    if (!this.isAlive) throw new Killed("the run was killed");
  }

  readonly clock: Clock = {
    now: () => this.#options.time.now(),
    monotonic: () => this.#options.time.elapsed,
    sleep: async (milliseconds, signal) => {
      await this.#options.time.sleep(milliseconds, this.name, signal);
      if (!this.isAlive) await new Promise(() => {});
    },
  };

  readonly disk: WritableDisk = {
    read: (path) => {
      this.throwIfKilled();
      const text = this.#options.files.get(path);
      if (text === undefined) throw NO_ENTRY;
      return text;
    },
    makeDirectory: () => this.#performStep("make directory", () => {}),
    create: (path) => {
      if (this.#options.files.has(path)) throw fileExistsError();
      this.#performStep("open", () => this.#options.files.set(path, ""));
      return this.#opened.push(path) - 1;
    },
    write: (file, content) => {
      const path = this.#opened[file] ?? "";
      const text = typeof content === "string" ? content : new TextDecoder().decode(content);
      this.#performStep("half a write", () => this.#options.files.set(path, text.slice(0, text.length / 2)));
      this.#performStep("write", () => this.#options.files.set(path, text));
    },
    sync: () => this.#performStep("sync", () => {}),
    close: () => this.throwIfKilled(),
    rename: (from, to) =>
      this.#performStep("rename", () => {
        this.#options.files.set(to, this.#options.files.get(from) ?? "");
        this.#options.files.delete(from);
      }),
    remove: (path) => {
      this.throwIfKilled();
      this.#options.files.delete(path);
    },
  };

  readonly #opened: string[] = [];

  #performStep(name: string, perform: () => void): void {
    this.throwIfKilled();
    if (this.step(`disk before ${name}`)) throw new Killed(name);
    this.#diskSteps += 1;
    const { diskFullFrom = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#diskSteps >= diskFullFrom) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    perform();
    if (this.step(`disk after ${name}`)) throw new Killed(name);
  }
}

function fileExistsError(): Error {
  return Object.assign(new Error("file exists"), { code: "EEXIST" });
}

/** Created once, because most reads find no file, and creating a stack trace for each error takes time. */
const NO_ENTRY = Object.assign(new Error("no such file"), { code: "ENOENT" });
