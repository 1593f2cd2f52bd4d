import { pageOf, type RecordedRequest, RecordingServer, type Route } from "./recording-server.ts";

export const MERGED_REQUEST = {
  iid: 7,
  state: "merged",
  target_branch: "main",
  source_project_id: 5,
  target_project_id: 5,
  sha: "headsha",
  merge_commit_sha: "mergesha",
  squash_commit_sha: null,
};
export const PIPELINE = {
  id: 42,
  project_id: 5,
  source: "merge_request_event",
  status: "success",
  sha: "headsha",
  ref: "refs/merge-requests/7/head",
};
export const JOB = { id: 420, name: "plan", status: "success" };

/** The user to whom the token of the jobs belongs. */
export const BOT = { id: 9 };

/** A note, an issue or a merge request. */
export interface GitLabItem {
  readonly id: number;
  /** The number of an issue or a merge request. Notes have no number. */
  readonly iid?: number;
  readonly author: { readonly id: number };
  readonly body?: string;
  readonly title?: string;
  readonly description?: string;
  readonly state?: string;
  readonly source_branch?: string;
}

/** The part of GitLab's API that the jobs use, for the project 5. */
export class GitLabApi extends RecordingServer {
  static readonly TOKEN = "token-of-the-bot";
  commitMergeRequests: readonly object[] = [MERGED_REQUEST];
  pipelines: readonly object[] = [PIPELINE];
  jobs: readonly object[] = [JOB];
  /** The artifact of the job 420. */
  plan: object | undefined = {};
  /** Notes on merge request 7. */
  notes: readonly GitLabItem[] = [];
  issues: readonly GitLabItem[] = [];
  openedMergeRequests: readonly GitLabItem[] = [];
  /** The body of the last commit that was made with the API. */
  commit: object | undefined;

  protected readonly prefix = "/api/v4";
  protected readonly routes: readonly Route[] = [
    [/^GET \/user$/, () => BOT],
    [
      /^GET \/projects\/5\/repository\/commits\/mergesha\/merge_requests$/,
      (request) => pageOf(this.commitMergeRequests, request),
    ],
    [/^GET \/projects\/5\/merge_requests\/7\/pipelines$/, (request) => pageOf(this.pipelines, request)],
    [/^GET \/projects\/5\/pipelines\/42\/jobs$/, (request) => pageOf(this.jobs, request)],
    [/^GET \/projects\/5\/jobs\/420\/artifacts\/plan\.json$/, () => this.plan ?? 404],
    [/^GET \/projects\/5\/merge_requests\/7\/notes$/, (request) => pageOf(this.notes, request)],
    [/^POST \/projects\/5\/merge_requests\/7\/notes$/, ({ body }) => (this.notes = [...this.notes, createItem(body)])],
    [
      /^PUT \/projects\/5\/merge_requests\/7\/notes\/(\d+)$/,
      ({ body }, id) => (this.notes = withChanges(this.notes, id, body)),
    ],
    [/^GET \/projects\/5\/issues$/, (request) => pageOf(this.#issuesFor(request), request)],
    [
      /^POST \/projects\/5\/issues$/,
      ({ body }) => (this.issues = [...this.issues, { iid: 31, state: "opened", ...createItem(body) }]),
    ],
    [/^PUT \/projects\/5\/issues\/(\d+)$/, ({ body }, iid) => (this.issues = withChanges(this.issues, iid, body))],
    [/^POST \/projects\/5\/issues\/\d+\/notes$/, () => 201],
    [/^POST \/projects\/5\/repository\/commits$/, ({ body }) => (this.commit = JSON.parse(body))],
    [/^GET \/projects\/5\/merge_requests$/, (request) => pageOf(this.#openedFor(request), request)],
    [
      /^POST \/projects\/5\/merge_requests$/,
      ({ body }) =>
        (this.openedMergeRequests = [
          ...this.openedMergeRequests,
          { iid: 40 + this.openedMergeRequests.length, state: "opened", ...createItem(body) },
        ]),
    ],
    [
      /^PUT \/projects\/5\/merge_requests\/(\d+)$/,
      ({ body }, iid) => (this.openedMergeRequests = withChanges(this.openedMergeRequests, iid, body)),
    ],
  ];

  #issuesFor({ query }: RecordedRequest): readonly GitLabItem[] {
    const state = query.get("state");
    return this.issues.filter((issue) => String(issue.author.id) === query.get("author_id") && issue.state === state);
  }

  #openedFor({ query }: RecordedRequest): readonly GitLabItem[] {
    const [state, branch] = [query.get("state"), query.get("source_branch")];
    return this.openedMergeRequests.filter((request) => request.state === state && request.source_branch === branch);
  }

  protected isAuthorized(headers: RecordedRequest["headers"]): boolean {
    return headers["private-token"] === GitLabApi.TOKEN;
  }
}

let lastId = 500;

function createItem(body: string): GitLabItem {
  lastId += 1;
  return { id: lastId, author: BOT, ...fieldsOf(body) };
}

function withChanges(items: readonly GitLabItem[], id: string, body: string): readonly GitLabItem[] {
  return items.map((item) => (String(item.iid ?? item.id) === id ? { ...item, ...fieldsOf(body) } : item));
}

function fieldsOf(body: string): Partial<GitLabItem> {
  const { state_event: event, ...fields } = Object.fromEntries(new URLSearchParams(body));
  return event === "close" ? { ...fields, state: "closed" } : fields;
}
