import type { AppliedPlan, Clock, DesiredState, Operation, WritableDisk } from "../../src/internal.ts";
import type { SimTime } from "./sim-time.ts";

/** Thrown when a run is killed. Code that catches it cannot continue: the clock, disk and network no longer work. */
export class Killed extends Error {
  override readonly name = "Killed";
}

/** The commands that people run. */
export type Command = "plan" | "plan --out" | "apply" | "apply FILE" | "undo";

export interface ProcessOptions {
  readonly name: string;
  readonly command: Command;
  readonly time: SimTime;
  readonly files: Map<string, string>;
  /** The desired state of this run, which limits the changes that it may make. */
  readonly desired: DesiredState;
  /** The run to undo. */
  readonly applied?: AppliedPlan | undefined;
  /** The index of the step after which the run is killed. */
  readonly lastStep?: number | undefined;
  /** The index of the disk step from which the disk is full. */
  readonly diskFullFrom?: number | undefined;
}

/** A run of the tool with its own clock, disk and network, which can be killed at any step. */
export class Process {
  readonly name: string;
  /** The desired state: that of the files, or that of the files when the saved plan was created. */
  desired: DesiredState;
  /** The externally visible steps so far. */
  readonly steps: string[] = [];
  readonly startedAt: number;
  readonly applied: AppliedPlan | undefined;
  /** Rejects when the run is killed. */
  readonly death: Promise<never>;
  requests = 0;
  alive = true;
  readonly command: Command;
  /** The operations of the approved plan. Empty until the run has a plan. */
  plannedOperations: readonly Operation[] = [];
  /** The operations after re-validation, which may be for a contact with another id. */
  revalidatedOperations: readonly Operation[] = [];
  /** The ids of contacts that the plan creates and that already exist. */
  existingIds: readonly string[] = [];
  readonly #options: ProcessOptions;
  #die: (reason: Killed) => void = () => {};
  #diskSteps = 0;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.name = options.name;
    this.command = options.command;
    this.desired = options.desired;
    this.applied = options.applied;
    this.startedAt = options.time.elapsed;
    this.death = new Promise((_, reject) => {
      this.#die = reject;
    });
    this.death.catch(() => undefined);
  }

  /** Records a step. Returns true if the run is no longer alive. */
  step(what: string): boolean {
    if (!this.alive) return true;
    this.steps.push(what);
    if (this.steps.length - 1 === this.#options.lastStep) this.kill(what);
    return !this.alive;
  }

  kill(at: string): void {
    this.alive = false;
    this.#die(new Killed(at));
  }

  throwIfKilled(): void {
    if (!this.alive) throw new Killed("the run was killed");
  }

  readonly clock: Clock = {
    now: () => this.#options.time.now(),
    monotonic: () => this.#options.time.elapsed,
    sleep: async (milliseconds, signal) => {
      await this.#options.time.sleep(milliseconds, this.name, signal);
      if (!this.alive) await new Promise(() => {});
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
      if (this.#options.files.has(path)) throw fileExists();
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

  #performStep(what: string, perform: () => void): void {
    this.throwIfKilled();
    if (this.step(`disk before ${what}`)) throw new Killed(what);
    this.#diskSteps += 1;
    const { diskFullFrom = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#diskSteps >= diskFullFrom) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    perform();
    if (this.step(`disk after ${what}`)) throw new Killed(what);
  }
}

function fileExists(): Error {
  return Object.assign(new Error("file exists"), { code: "EEXIST" });
}

/** Created once, because most reads find no file, and the stack trace of an error takes time. */
const NO_ENTRY = Object.assign(new Error("no such file"), { code: "ENOENT" });
