import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Clock } from "../../clock/clock.ts";
import { createAtomicFile } from "../../fs/atomic-file.ts";
import { type Company, FrontError } from "../api.ts";
import { readSavedLogin } from "../secret-file.ts";
import { withLock } from "./login-lock.ts";
import type { TokenStore, Tokens } from "./token-renewal.ts";

export interface SavedLogin {
  readonly company: Company;
  /** The URL of the API that the login is valid for. */
  readonly api: string;
  readonly oauth: string;
  /** The client ID of the application that the user authorized. The client secret is not saved. */
  readonly clientId: string;
  /** Epoch milliseconds. */
  readonly signedInAt: number;
  readonly tokens: Tokens;
}

interface LoginFile extends SavedLogin {
  readonly format: 1;
}

export type SavedLogins = ReturnType<typeof openLoginDirectory>;

/** Opens a directory of logins. The directory need not exist. Only the user can read the file of a login. */
export function openLoginDirectory(directory: string) {
  const pathOf = (login: SavedLogin) => join(directory, nameOf(login));
  return {
    /** Returns the logins, sorted by file name. Omits files that are not logins. */
    list: (): readonly SavedLogin[] =>
      filesIn(directory)
        .filter((name) => /^cmp_.*\.json$/.test(name))
        .flatMap((name) => readLogin(join(directory, name)) ?? []),
    /** Replaces an earlier login for the same company and API. */
    save: (login: SavedLogin) => write(directory, pathOf(login), login),
    remove(login: SavedLogin) {
      // Also removes temporary files that remain after a crash.
      for (const name of filesIn(directory).filter((file) => file.replace(/^\./, "").startsWith(nameOf(login)))) {
        rmSync(join(directory, name), { force: true });
      }
    },
    /** Returns the tokens of a login as a store that several processes can share. */
    tokenStore: (login: SavedLogin, clock: Clock): TokenStore => ({
      read: () => readLogin(pathOf(login))?.tokens,
      write: (tokens) => write(directory, pathOf(login), { ...login, tokens }),
      withLock: async (work) => {
        const path = `${pathOf(login)}.lock`;
        return await withLock(path, clock, work).catch((error: unknown) => {
          throw toFrontError(error, path);
        });
      },
    }),
  };
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    return [];
  }
}

/** Returns a file name with the host, because a company in the emulator may have the ID of a real company. */
function nameOf({ company, api }: SavedLogin): string {
  if (!/^cmp_[a-z0-9]{1,40}$/i.test(company.id)) throw new Error(`${company.id} is not the ID of a company`);
  return `${company.id}@${new URL(api).host.replace(/[^a-z0-9.-]/gi, "_")}.json`;
}

/** Returns the login in a file; undefined if the file is not a login. Throws the errors of `readSavedLogin`. */
function readLogin(path: string): SavedLogin | undefined {
  const text = readSavedLogin(path);
  if (text === undefined) return undefined;
  try {
    const { format, ...login } = JSON.parse(text) as LoginFile;
    const isLogin = format === 1 && typeof login.company.name === "string" && typeof login.api === "string";
    return isLogin && areTokens(login.tokens) && nameOf(login) === basename(path) ? login : undefined;
  } catch {
    return undefined;
  }
}

function areTokens({ accessToken, refreshToken, issuedAt, expiresAt }: Tokens): boolean {
  const areTexts = [accessToken, refreshToken].every((text) => typeof text === "string" && text !== "");
  return areTexts && Number.isFinite(issuedAt) && Number.isFinite(expiresAt);
}

function write(directory: string, path: string, login: SavedLogin): void {
  const file: LoginFile = { format: 1, ...login };
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    createAtomicFile(path).finish(`${JSON.stringify(file, null, 2)}\n`);
  } catch (error) {
    throw toFrontError(error, path);
  }
}

function toFrontError(error: unknown, path: string): unknown {
  if (typeof error !== "object" || error === null || !("syscall" in error && "code" in error)) return error;
  const advice = "Free disk space or make the directory writable, or set XDG_CONFIG_HOME to another directory.";
  return new FrontError("unauthorized", `Cannot save the login: "${path}" is not writable (${error.code})`, { advice });
}
