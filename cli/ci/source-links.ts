import { isAbsolute, relative, resolve } from "node:path";
import type { Environment } from "../environment.ts";
import type { SourceLink } from "../views/plan/markdown-parts.ts";

/**
 * Returns a function that links a location to the commit of a GitHub Actions or GitLab CI job. The function returns
 * undefined outside a job, and for a file outside the repository.
 */
export function createSourceLink(environment: Environment): SourceLink {
  const base = commitUrl(environment.env);
  if (base === undefined) return () => undefined;
  return ({ file, line }) => {
    const path = pathInRepository(environment, file);
    return path === undefined ? undefined : `${base}/${path.split("/").map(encodeSegment).join("/")}#L${line}`;
  };
}

/** Encodes a segment of a path, including characters with a meaning in Markdown, such as parentheses. */
function encodeSegment(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, "")).replace(
    /[()'*!~]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
}

function commitUrl(env: Environment["env"]): string | undefined {
  const url = (name: string) => (/^https?:\/\/[\w.:/~-]+$/.test(env[name] ?? "") ? env[name] : undefined);
  const commit = (name: string) => (/^[0-9a-f]{40,64}$/.test(env[name] ?? "") ? env[name] : undefined);
  const [github, repository, sha] = [url("GITHUB_SERVER_URL"), env["GITHUB_REPOSITORY"] ?? "", commit("GITHUB_SHA")];
  if (github !== undefined && sha !== undefined && /^[\w.-]+\/[\w.-]+$/.test(repository)) {
    return `${github}/${repository}/blob/${sha}`;
  }
  const [gitlab, revision] = [url("CI_PROJECT_URL"), commit("CI_COMMIT_SHA")];
  return gitlab === undefined || revision === undefined ? undefined : `${gitlab}/-/blob/${revision}`;
}

/** Returns a file's path within the repository, with slashes; undefined if the file is outside. */
export function pathInRepository({ env, cwd }: Environment, file: string): string | undefined {
  const root = env["GITHUB_WORKSPACE"] || env["CI_PROJECT_DIR"] || cwd;
  const path = relative(root, resolve(cwd, file));
  return path === "" || path.startsWith("..") || isAbsolute(path) ? undefined : path.replaceAll("\\", "/");
}
