import type { RunOptions, RunResult, Sandbox } from "./sandbox.ts";

/** Returns environment variables for OAuth, with a separate configuration directory and no API token. */
export function oauthEnv({ directory, front }: Sandbox): Record<string, string> {
  return {
    FRONT_API_TOKEN: "",
    FRONT_OAUTH_URL: front.oauth.url,
    XDG_CONFIG_HOME: `${directory}/config`,
    FRONT_OAUTH_CLIENT_ID: front.oauth.clientId,
    FRONT_OAUTH_CLIENT_SECRET: front.oauth.clientSecret,
  };
}

export interface Visit {
  /** The content of the final page. */
  readonly page: string;
  readonly status: number;
}

/** Runs `login` and opens the URL that the command prints, as a browser would. */
export async function signIn(
  sandbox: Sandbox,
  {
    visit = openPage,
    ...options
  }: RunOptions & { readonly visit?: (authorize: URL) => Promise<Visit | undefined> } = {},
): Promise<RunResult & { readonly visited: Visit | undefined }> {
  let visited: Promise<Visit | undefined> = Promise.resolve(undefined);
  const result = await sandbox.run("login --redirect-uri http://127.0.0.1:0/callback", {
    env: oauthEnv(sandbox),
    onErr(text) {
      const [url] = /http:\S+authorize\S+/.exec(text) ?? [];
      if (url !== undefined) visited = visit(new URL(url));
    },
    ...options,
  });
  return { ...result, visited: await visited };
}

async function openPage(authorize: URL): Promise<Visit> {
  const response = await fetch(authorize);
  return { page: await response.text(), status: response.status };
}
