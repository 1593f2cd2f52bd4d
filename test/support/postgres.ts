import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const VERSIONS = "/usr/lib/postgresql";

/**
 * Returns the program directory of the newest PostgreSQL that a Debian package installed; undefined if there is none.
 */
function findPrograms(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort() : [];
  const path = join(VERSIONS, versions.at(-1) ?? "", "bin");
  return existsSync(join(path, "initdb")) ? path : undefined;
}

const programs = findPrograms();

export const HAS_POSTGRES = programs !== undefined;

export class Postgres implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "front-contacts-postgres-"));

  constructor() {
    // PostgreSQL refuses to run as root.
    if (process.getuid?.() === 0) execFileSync("chown", ["postgres", this.#directory]);
    chmodSync(this.#directory, 0o755);
    this.#run("initdb", ["-D", join(this.#directory, "data"), "-A", "trust", "-U", "crm"]);
    const options = `-k ${this.#directory} -c listen_addresses=''`;
    this.#run("pg_ctl", ["-D", join(this.#directory, "data"), "-w", "-o", options, "start"]);
  }

  get url(): string {
    return `postgresql://crm@/postgres?host=${this.#directory}`;
  }

  query(sql: string): void {
    const options = ["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1"];
    execFileSync(join(programs ?? "", "psql"), [this.url, ...options, "--command", sql]);
  }

  #run(program: string, args: readonly string[]): void {
    const command = [join(programs ?? "", program), ...args];
    const asPostgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", ...command];
    const [executable = "", ...commandArgs] = process.getuid?.() === 0 ? asPostgres : command;
    execFileSync(executable, commandArgs, { cwd: this.#directory, stdio: ["ignore", "ignore", "inherit"] });
  }

  [Symbol.dispose](): void {
    this.#run("pg_ctl", ["-D", join(this.#directory, "data"), "-w", "-m", "immediate", "stop"]);
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
