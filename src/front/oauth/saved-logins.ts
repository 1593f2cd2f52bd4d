import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import { createAtomicFile } from "../../fs/atomic-file.ts";
import { withLock } from "../../fs/lock.ts";
import type { Company } from "../api.ts";
import { FrontError } from "../api.ts";
import { readSecret } from "../secret-file.ts";
import type { TokenStore, Tokens } from "./token-renewal.ts";

/** Somebody's sign-in to one company, as it is kept on the disk. */
export interface SavedLogin {
  readonly company: Company;
  /** Where it is good: a sign-in to a local Front is none to the real one. */
  readonly api: string;
  readonly oauth: string;
  /** The application that was signed in with; its secret is not kept. */
  readonly clientId: string;
  readonly signedInAt: number;
  readonly tokens: Tokens;
}

/** The sign-ins of one person on one machine: a file each, that nobody else may read. */
export interface SavedLogins {
  /** By company. Files that are none are left out. */
  list(): readonly SavedLogin[];
  /** Takes the place of an earlier one to the same company. */
  save(login: SavedLogin): void;
  remove(login: SavedLogin): void;
  /** What renews one of them, together with other processes that do. */
  tokenStore(login: SavedLogin, clock: Clock): TokenStore;
}

interface LoginFile extends SavedLogin {
  readonly format: 1;
}

/** Opens the directory of the sign-ins, which need not be there yet. */
export function openLoginDirectory(directory: string): SavedLogins {
  const pathOf = (login: SavedLogin) => join(directory, nameOf(login));
  return {
    list: () =>
      filesIn(directory)
        .filter(isLoginName)
        .flatMap((name) => readLogin(join(directory, name)) ?? []),
    save: (login) => write(directory, pathOf(login), login),
    remove: (login) => {
      // With what a crash may have left of it.
      for (const name of filesIn(directory).filter((file) => file.replace(/^\./, "").startsWith(nameOf(login)))) {
        rmSync(join(directory, name), { force: true });
      }
    },
    tokenStore: (login, clock) => ({
      read: () => readLogin(pathOf(login))?.tokens,
      write: (tokens) => write(directory, pathOf(login), { ...login, tokens }),
      withLock: (work) => locked(`${pathOf(login)}.lock`, clock, work),
    }),
  };
}

function isLoginName(name: string): boolean {
  return /^cmp_.*\.json$/.test(name);
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** A company of a local Front may have the id of a real one. */
function nameOf({ company, api }: SavedLogin): string {
  if (!/^cmp_[a-z0-9]{1,40}$/i.test(company.id)) throw new Error(`${company.id} is not the id of a company`);
  return `${company.id}@${new URL(api).host.replace(/[^a-z0-9.-]/gi, "_")}.json`;
}

/** Throws a `FrontError` when others can read it; undefined when it is not a sign-in. */
function readLogin(path: string): SavedLogin | undefined {
  const text = readSecret(path);
  if (text === undefined) return undefined;
  try {
    const { format, ...login } = JSON.parse(text) as LoginFile;
    const whole = format === 1 && typeof login.company.name === "string" && typeof login.api === "string";
    return whole && areTokens(login.tokens) && nameOf(login) === basename(path) ? login : undefined;
  } catch {
    return undefined;
  }
}

function areTokens({ accessToken, refreshToken, issuedAt, expiresAt }: Tokens): boolean {
  const texts = [accessToken, refreshToken].every((text) => typeof text === "string" && text !== "");
  return texts && Number.isFinite(issuedAt) && Number.isFinite(expiresAt);
}

/** Whoever reads it, even after a crash, finds one whole sign-in or the other. */
function write(directory: string, path: string, login: SavedLogin): void {
  const file: LoginFile = { format: 1, ...login };
  onDisk(path, () => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    createAtomicFile(path).finish(`${JSON.stringify(file, null, 2)}\n`);
  });
}

async function locked<T>(path: string, clock: Clock, work: () => Promise<T>): Promise<T> {
  try {
    return await withLock(path, clock, work);
  } catch (error) {
    throw isDiskError(error) ? unwritable(path, error) : error;
  }
}

function onDisk<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw isDiskError(error) ? unwritable(path, error) : error;
  }
}

function isDiskError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === "object" && error !== null && "syscall" in error && "code" in error;
}

function unwritable(path: string, { code }: NodeJS.ErrnoException): FrontError {
  const advice = "Make room and have the directory writable for you, or set XDG_CONFIG_HOME to another one.";
  return new FrontError("unauthorized", `The sign-in cannot be kept: ${path} cannot be written (${code})`, { advice });
}
