import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SCALE } from "../scale.ts";
import { curlTo } from "./curl.ts";
import { git, initRepository } from "./git.ts";
import { GitHubApi } from "./github-api.ts";
import { runProgram } from "./run-program.ts";
import { expectNoSecretInText } from "./secrets.ts";
import { type CallResult, type Command, runBash, Shell } from "./shell.ts";
import { ACTION, type Action, evaluate, readYaml, type Step, USES_ACTION } from "./workflow.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GITHUB_WORKFLOW_REF = "acme/contacts/.github/workflows/contacts.yml@refs/heads/main";

type StringMap = Readonly<Record<string, string>>;

interface StepResult {
  readonly code: number;
  readonly output: string;
}

export interface StubBehavior {
  readonly code?: number;
  readonly stdout?: string;
  /** The text that the stub adds to the summary of the step. */
  readonly summary?: string;
}

/** A machine that runs the shell steps of a workflow and of the action in a temporary git repository. */
export class Runner implements Disposable {
  readonly repository = mkdtempSync(join(tmpdir(), "front-contacts-repository-"));
  readonly #machine = mkdtempSync(join(tmpdir(), "front-contacts-machine-"));
  readonly #github: GitHubApi;
  #startsPrograms = SCALE.startsPrograms;
  #shell: Shell | undefined;
  #frontContacts: Command = runProgram;
  /** The token and the arguments of each call of a stub, one call per line. */
  commands = "";

  /** The output of psql. If undefined, steps start psql. Must not become undefined after a step. */
  databaseExport: string | undefined;

  constructor(github: GitHubApi) {
    this.#github = github;
    for (const directory of ["temp", "artifacts"]) mkdirSync(join(this.#machine, directory));
    initRepository({ directory: this.repository });
  }

  /** Makes the next steps start curl, and a bash process for each script. By default, quick runs start neither. */
  startPrograms(): void {
    this.#startsPrograms = true;
  }

  /** Replaces `front-contacts` in the next steps with a stub that writes its output files. */
  stub({ code = 0, stdout = "", summary = "" }: StubBehavior): void {
    this.#frontContacts = ({ args, env }): CallResult => {
      this.commands += `${env["FRONT_API_TOKEN"]}: ${args.join(" ")}\n`;
      for (const [index, option] of args.entries()) {
        if (option === "--out" || option === "--html") writeFileSync(args[index + 1] ?? "", option);
      }
      appendFileSync(env["GITHUB_STEP_SUMMARY"] ?? "", summary);
      return { code, out: stdout };
    };
  }

  /** Adds the artifact that a plan of the reviewed run uploads. */
  addPlan(): void {
    writeFileSync(join(this.#machine, "plan.json"), "{}");
    this.#upload({ path: join(this.#machine, "plan.json"), name: "plan-7-headsha" });
  }

  /** Runs a bash script that loads the functions of the action, and returns its output. */
  async runFunctions(script: string, env: StringMap): Promise<string> {
    mkdirSync(join(this.#machine, "temp", "front-contacts"), { recursive: true });
    const { output } = await this.#runShell(`. "$GITHUB_ACTION_PATH/github.sh"\n${script}`, {
      GH_TOKEN: GitHubApi.TOKEN,
      ...env,
    });
    return output;
  }

  get summary(): string {
    return readFileSync(join(this.#machine, "summary.md"), "utf8");
  }

  get artifacts(): readonly string[] {
    return readdirSync(join(this.#machine, "artifacts")).sort();
  }

  git(...args: string[]): string {
    return git({ directory: this.repository }, ...args);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.repository, path, ".."), { recursive: true });
    writeFileSync(join(this.repository, path), text);
  }

  /**
   * Runs the steps of a job in order, up to the first step that fails. First deletes the temporary files of earlier
   * jobs.
   */
  async run({ steps }: { readonly steps: readonly Step[] }, secrets: StringMap): Promise<StepResult> {
    const temp = join(this.#machine, "temp");
    rmSync(temp, { recursive: true });
    mkdirSync(temp);
    return await this.#runSteps(steps, { ...secrets, "runner.temp": temp, "github.token": GitHubApi.TOKEN });
  }

  async #runSteps(steps: readonly Step[], context: StringMap): Promise<StepResult> {
    const values = { ...context };
    let output = "";
    for (const step of steps) {
      if (step.if !== undefined && evaluate(step.if, values) === "") continue;
      const { outputs, ...result } = await this.#runStep(step, values);
      output += result.output;
      if (result.code !== 0) return { code: result.code, output };
      for (const [name, value] of Object.entries(outputs)) values[`steps.${step.id}.outputs.${name}`] = value;
    }
    return { code: 0, output };
  }

  async #runStep(step: Step, values: StringMap): Promise<StepResult & { outputs: StringMap }> {
    const inputs = evaluateAll(step.with ?? {}, values);
    // The tests do not install the package. They replace `npx`, which runs it.
    if (step.run?.startsWith("npm ci ")) return { code: 0, output: "", outputs: {} };
    if (step.run !== undefined) return await this.#runShell(step.run, evaluateAll(step.env ?? {}, values));
    if (step.uses === USES_ACTION) return { ...(await this.#runAction(inputs, values)), outputs: {} };
    if (step.uses?.startsWith("actions/upload-artifact@"))
      return { code: 0, output: "", outputs: this.#upload(inputs) };
    if (step.uses?.startsWith("actions/download-artifact@")) this.#download(inputs);
    return { code: 0, output: "", outputs: {} };
  }

  async #runAction(inputs: StringMap, values: StringMap): Promise<StepResult> {
    const { inputs: declaredInputs, runs } = readYaml<Action>(`${ACTION}/action.yml`);
    const unknown = Object.keys(inputs).filter((name) => !(name in declaredInputs));
    if (unknown.length > 0) throw new Error(`not an input of the action: ${unknown}`);
    const inputValues = Object.entries(declaredInputs).map(([name, input]) => [
      `inputs.${name}`,
      inputs[name] ?? input.default ?? "",
    ]);
    // An action receives only the secrets that are passed to it.
    const contexts = Object.entries(values).filter(([name]) => /^(github|runner)\./.test(name));
    return await this.#runSteps(runs.steps, Object.fromEntries([...contexts, ...inputValues]));
  }

  #upload({ path = "", name, archive }: StringMap): StringMap {
    const artifact = (archive === "false" ? undefined : name) ?? basename(path);
    const directory = join(this.#machine, "artifacts", artifact);
    mkdirSync(directory, { recursive: true });
    copyFileSync(path, join(directory, basename(path)));
    this.#github.artifacts = [...this.#github.artifacts, { name: artifact, expired: false }];
    return { "artifact-url": `https://github.example/artifacts/${artifact}` };
  }

  #download({ name = "", path = "", "run-id": run, "github-token": token }: StringMap): void {
    if (run !== "42" || token !== GitHubApi.TOKEN) throw new Error(`run ${run} has no such artifact`);
    cpSync(join(this.#machine, "artifacts", name), path, { recursive: true });
  }

  async #runShell(script: string, env: StringMap): Promise<StepResult & { outputs: StringMap }> {
    const file = join(this.#machine, "output");
    writeFileSync(file, "");
    const result = await this.#runBash(script, {
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_WORKFLOW_REF,
      GITHUB_REPOSITORY: "acme/contacts",
      GITHUB_SHA: "mergesha",
      GITHUB_REF_NAME: "main",
      GITHUB_RUN_ID: "43",
      GITHUB_OUTPUT: file,
      GITHUB_API_URL: this.#github.url,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_ACTION_PATH: join(ROOT, ACTION),
      GITHUB_STEP_SUMMARY: join(this.#machine, "summary.md"),
      RUNNER_TEMP: join(this.#machine, "temp"),
      GITHUB_WORKSPACE: this.repository,
      ...env,
    });
    expectNoSecretInText([env["FRONT_API_TOKEN"] ?? "", env["GH_TOKEN"] ?? ""], result.output, script);
    const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
    const outputs = Object.fromEntries(lines.map((line) => [line.replace(/=.*/, ""), line.replace(/^[^=]*=/, "")]));
    return { ...result, outputs };
  }

  async #runBash(script: string, env: StringMap): Promise<StepResult> {
    const cwd = this.repository;
    const npx: Command = ({ args: [, , ...args], ...call }) => this.#frontContacts({ ...call, args });
    const psql = { psql: () => ({ out: this.databaseExport ?? "" }) };
    const stubs = { npx, ...(this.databaseExport === undefined ? {} : psql) };
    if (this.#startsPrograms) return await runBash(script, { cwd, env: { ...process.env, ...env }, commands: stubs });
    const commands = { ...stubs, curl: curlTo(this.#github) };
    this.#shell ??= new Shell("bash", "bash", { cwd, env: process.env, commands });
    return await this.#shell.run(`set -eo pipefail\n${script}`, { cwd, env });
  }

  [Symbol.dispose](): void {
    this.#shell?.[Symbol.dispose]();
    for (const directory of [this.repository, this.#machine]) rmSync(directory, { recursive: true, force: true });
  }
}

/** Returns properties with evaluated expressions. A secret that the test does not set is empty, as on GitHub. */
function evaluateAll(properties: NonNullable<Step["with"]>, values: StringMap): StringMap {
  const fill = (text: string) =>
    text.replaceAll(/\$\{\{\s*(.*?)\s*\}\}/g, (_, expression: string) => evaluate(expression, values));
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, fill(String(value))]));
}
