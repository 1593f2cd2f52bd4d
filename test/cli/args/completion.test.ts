import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { complete } from "../../../cli/args/completion.ts";
import { Outside } from "../../support/test-environment.ts";

test.each<[line: string, offered: readonly string[]]>([
  ["pl", ["plan"]],
  ["va", ["validate"]],
  ["x", []],
  ["plan --det", ["--detailed-exitcode"]],
  ["plan -det", ["-detailed-exitcode"]],
  ["plan --no", ["--no-mask", "--no-color"]],
  ["apply --auto", ["--auto-approve"]],
  ["plan --auto", []],
  ["--no-color ap", ["apply"]],
  ["plan --json --js", []],
  ["plan --target a --tar", ["--target"]],
  ["plan --target ", []],
  ["plan --target=a --det", ["--detailed-exitcode"]],
  ["completion ", ["bash", "zsh", "fish"]],
  ["completion z", ["zsh"]],
])("front-contacts %s completes to %j", (line, offered) => {
  expect(complete(line.split(" "))).toEqual(offered);
});

test("an empty line completes to every command, and a command to all its options", () => {
  expect(complete([""])).toEqual(expect.arrayContaining(["validate", "plan", "apply", "completion"]));
  expect(complete(["plan", ""])).toEqual(expect.arrayContaining(["--json", "--contacts", "--help"]));
});

test("a completion is one word per line, without reading files or Front", async () => {
  await using outside = Outside.withoutFront();
  expect(await outside.run("--get-yargs-completions plan --allow")).toEqual({
    code: 0,
    out: "--allow-handle-moves\n--allow-changes\n--allow-removals\n",
    err: "",
  });
});

test.each([
  ["completion bash", {}, /^complete .*-F _front_contacts front-contacts$/m],
  ["completion zsh", {}, /^#compdef front-contacts\n/],
  ["completion fish", {}, /^complete -c front-contacts /m],
  ["completion", { SHELL: "/usr/bin/zsh" }, /^#compdef front-contacts\n/],
])("%s with %j prints the script of that shell", async (words, env, script) => {
  await using outside = Outside.withoutFront();
  const { code, out, err } = await outside.run(words, { env });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(script);
});

test.each([
  ["completion tcsh", {}, /"tcsh" is not a supported shell/],
  ["completion", {}, /SHELL is not set/],
  ["completion __proto__", {}, /"__proto__" is not a supported shell/],
])("%s with %j lists the supported shells", async (words, env, says) => {
  await using outside = Outside.withoutFront();
  const { code, out, err } = await outside.run(words, { env });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(err).toMatch(says);
  expect(err).toContain("bash, zsh, fish");
});

test("bash completes with its script", async () => {
  await using outside = Outside.withoutFront();
  const { out: script } = await outside.run("completion bash");
  const offered = complete(["plan", "--det"]).join("\n");
  const session = `
    ${script}
    front-contacts() { [ "$1 $2 $3" = "--get-yargs-completions plan --det" ] && echo '${offered}'; }
    COMP_WORDS=(front-contacts plan --det)
    COMP_CWORD=2
    _front_contacts
    printf '%s|' "\${COMPREPLY[@]}"
  `;
  expect(spawnSync("bash", ["-c", session], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stdout: "--detailed-exitcode|",
    stderr: "",
  });
});
