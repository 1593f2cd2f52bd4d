import { type ApiResponse, pageOf, type RecordedRequest, RecordingServer, type Route } from "./recording-server.ts";

const REPOSITORY = { full_name: "acme/contacts" };

export const MERGED_PULL_REQUEST = {
  number: 7,
  merged_at: "1990-04-08T00:00:00Z",
  merge_commit_sha: "mergesha",
  base: { ref: "main", repo: REPOSITORY },
  head: { ref: "dale", sha: "headsha", repo: REPOSITORY },
};

export const REVIEWED_RUN = {
  id: 42,
  run_number: 12,
  event: "pull_request",
  conclusion: "success",
  head_sha: "headsha",
  head_branch: "dale",
  repository: REPOSITORY,
  head_repository: REPOSITORY,
};

const BOT = { login: "github-actions[bot]" };

/** A comment, an issue or a pull request. */
export interface GitHubItem {
  readonly id: number;
  /** The number of an issue or a pull request. Comments have no number. */
  readonly number?: number;
  readonly user: { readonly login: string };
  readonly title?: string;
  readonly state?: string;
  readonly body: string | null;
  readonly pull_request?: object;
}

/** The part of GitHub's API that the action uses, for the repository acme/contacts. */
export class GitHubApi extends RecordingServer {
  static readonly TOKEN = "token-of-the-job";
  pulls: readonly object[] = [MERGED_PULL_REQUEST];
  runs: readonly object[] = [REVIEWED_RUN];
  artifacts: readonly object[] = [];
  /** Comments on pull request 7. */
  comments: readonly GitHubItem[] = [];
  issueComments: readonly GitHubItem[] = [];
  issues: readonly GitHubItem[] = [];
  checks: readonly Record<string, unknown>[] = [];
  openedPullRequests: readonly GitHubItem[] = [];
  /** The latest commit of each branch. */
  branches: Readonly<Record<string, string>> = {};
  /** The text of each file in each commit, by path; null for a deleted file. */
  readonly commits: Record<string, string | null>[] = [];
  readonly #blobs: string[] = [];

  protected readonly prefix = "/repos/acme/contacts";
  protected readonly routes: readonly Route[] = [
    [/^GET \/commits\/mergesha\/pulls$/, (request) => pageOf(this.pulls, request)],
    [
      /^GET \/actions\/workflows\/contacts\.yml\/runs$/,
      ({ query }) =>
        query.get("head_sha") === "headsha" ? { total_count: this.runs.length, workflow_runs: this.runs } : 404,
    ],
    [
      /^GET \/actions\/runs\/(\d+)\/artifacts$/,
      ({ query }, run) => {
        const artifacts = this.artifacts.filter(
          (artifact) => run === "42" && "name" in artifact && artifact.name === query.get("name"),
        );
        return { total_count: artifacts.length, artifacts };
      },
    ],
    [/^GET \/issues\/7\/comments$/, (request) => pageOf(this.comments, request)],
    [/^POST \/issues\/7\/comments$/, ({ body }) => (this.comments = [...this.comments, createItem(body)])],
    [/^PATCH \/issues\/comments\/(\d+)$/, ({ body }, id) => (this.comments = withChanges(this.comments, id, body))],
    [/^POST \/issues\/\d+\/comments$/, ({ body }) => (this.issueComments = [...this.issueComments, createItem(body)])],
    [/^GET \/issues$/, (request) => pageOf(this.#issuesFor(request), request)],
    [
      /^POST \/issues$/,
      ({ body }) => (this.issues = [...this.issues, { number: 31, state: "open", ...createItem(body) }]),
    ],
    [/^PATCH \/issues\/(\d+)$/, ({ body }, number) => (this.issues = withChanges(this.issues, number, body))],
    [
      /^GET \/pulls$/,
      (request) =>
        pageOf(
          this.openedPullRequests.filter(({ state }) => state === "open"),
          request,
        ),
    ],
    [
      /^POST \/pulls$/,
      ({ body }) =>
        (this.openedPullRequests = [...this.openedPullRequests, { number: 8, state: "open", ...createItem(body) }]),
    ],
    [
      /^PATCH \/pulls\/(\d+)$/,
      ({ body }, number) => (this.openedPullRequests = withChanges(this.openedPullRequests, number, body)),
    ],
    [/^POST \/git\/blobs$/, ({ body }) => ({ sha: `blob-${this.#blobs.push(textOf(JSON.parse(body)))}` })],
    [/^POST \/git\/trees$/, ({ body }) => ({ sha: `tree-${this.commits.push(this.#filesOf(JSON.parse(body)))}` })],
    [/^POST \/git\/commits$/, ({ body }) => ({ sha: JSON.parse(body).tree.replace("tree", "commit") })],
    [
      /^GET \/git\/matching-refs\/heads\/front-contacts\/\w+$/,
      (request) =>
        pageOf(
          Object.keys(this.branches).map((ref) => ({ ref })),
          request,
        ),
    ],
    [/^POST \/git\/refs$/, ({ body }) => this.#setBranch(JSON.parse(body))],
    [/^PATCH \/git\/(refs\/.*)$/, ({ body }, ref) => this.#setBranch({ ref, ...JSON.parse(body) })],
    [/^POST \/check-runs$/, ({ body }) => (this.checks = [...this.checks, JSON.parse(body)])],
  ];

  #filesOf({ tree }: { readonly tree: readonly { readonly path: string; readonly sha: string | null }[] }) {
    const textOfBlob = (sha: string) => this.#blobs[Number(sha.slice(5)) - 1] ?? "";
    return Object.fromEntries(tree.map(({ path, sha }) => [path, sha === null ? null : textOfBlob(sha)]));
  }

  #setBranch({ ref, sha }: { readonly ref: string; readonly sha: string }): ApiResponse {
    this.branches = { ...this.branches, [ref]: sha };
    return { ref };
  }

  #issuesFor({ query }: RecordedRequest): readonly GitHubItem[] {
    return this.issues.filter(({ user, state }) => user.login === query.get("creator") && state === query.get("state"));
  }

  protected isAuthorized({ authorization }: RecordedRequest["headers"]): boolean {
    return authorization === `Bearer ${GitHubApi.TOKEN}`;
  }
}

function textOf({ content }: { readonly content: string }): string {
  return Buffer.from(content, "base64").toString();
}

let lastId = 500;

function createItem(body: string): GitHubItem {
  lastId += 1;
  return { id: lastId, user: BOT, ...JSON.parse(body) };
}

function withChanges(items: readonly GitHubItem[], id: string, body: string): readonly GitHubItem[] {
  return items.map((item) => (String(item.number ?? item.id) === id ? { ...item, ...JSON.parse(body) } : item));
}
