import { expect, test } from "@jest/globals";
import { createSourceLink } from "../../../cli/ci/source-links.ts";
import type { Environment } from "../../../cli/environment.ts";
import { locationAt } from "../../support/builders.ts";

const SHA = "0123456789abcdef0123456789abcdef01234567";
const GITHUB = {
  GITHUB_SERVER_URL: "https://github.example",
  GITHUB_REPOSITORY: "acme/contacts",
  GITHUB_SHA: SHA,
  GITHUB_WORKSPACE: "/work",
};
const GITLAB = { CI_PROJECT_URL: "https://gitlab.example/acme/crm", CI_COMMIT_SHA: SHA, CI_PROJECT_DIR: "/work" };

function linkTo(file: string, env: Record<string, string>): string | undefined {
  return createSourceLink({ env, cwd: "/work/team" } as unknown as Environment)({ ...locationAt(12), file });
}

test.each([
  ["GitHub", GITHUB, "contacts/a.yaml", `https://github.example/acme/contacts/blob/${SHA}/team/contacts/a.yaml#L12`],
  ["GitLab", GITLAB, "contacts/a.yaml", `https://gitlab.example/acme/crm/-/blob/${SHA}/team/contacts/a.yaml#L12`],
  [
    "a file with spaces and parentheses",
    GITHUB,
    "a (b)|c.yaml",
    `https://github.example/acme/contacts/blob/${SHA}/team/a%20%28b%29%7Cc.yaml#L12`,
  ],
  ["a file outside the repository", GITHUB, "../../etc/a.yaml", undefined],
  ["an environment without CI", {}, "contacts/a.yaml", undefined],
  ["a server that is not a URL", { ...GITHUB, GITHUB_SERVER_URL: "javascript:alert(1)" }, "a.yaml", undefined],
  ["a repository that is not a name", { ...GITHUB, GITHUB_REPOSITORY: "a/b)[x](y" }, "a.yaml", undefined],
  ["a revision that is not a hash", { ...GITLAB, CI_COMMIT_SHA: "main" }, "a.yaml", undefined],
])("createSourceLink returns the URL of a line, or undefined, for %s", (_, env, file, url) => {
  expect(linkTo(file, env)).toBe(url);
});
