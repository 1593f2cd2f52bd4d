import { expect, test } from "@jest/globals";
import { Sandbox } from "../../support/sandbox.ts";

const FILE = "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n";

/** Returns the standard error of a command. `env` may override `FRONT_API_URL`. */
async function getStandardError(
  env: Record<string, string>,
  command = "plan",
  supportsProxies = false,
): Promise<string> {
  await using sandbox = await Sandbox.withFront();
  return (await sandbox.write("contacts/a.yaml", FILE).run(command, { env, supportsProxies })).err;
}

const ELSEWHERE = { FRONT_API_URL: "https://unreachable.invalid", FRONT_CONTACTS_BACKOFF_MS: "0" };

test.each(["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])("a command warns that %s is not used", async (name) => {
  expect(await getStandardError({ ...ELSEWHERE, [name]: "http://proxy.example:3128" })).toContain(
    `${name} is not used`,
  );
});

test.each<[env: Record<string, string>, isUsed: boolean]>([
  [{ HTTPS_PROXY: "http://proxy.example:3128" }, false],
  [{ HTTPS_PROXY: "http://proxy.example:3128", NODE_USE_ENV_PROXY: "1" }, true],
  [{ https_proxy: "http://proxy.example:3128", NODE_OPTIONS: "--use-env-proxy" }, true],
  [{ ALL_PROXY: "http://proxy.example:3128", NODE_USE_ENV_PROXY: "1" }, false],
])("a command warns unless Node.js supports and uses the proxy in %j", async (env, isUsed) => {
  const advice = "To use a proxy, set HTTPS_PROXY and NODE_USE_ENV_PROXY=1.";
  expect((await getStandardError({ ...ELSEWHERE, ...env }, "plan", true)).includes(advice)).toBe(!isUsed);
  expect(await getStandardError({ ...ELSEWHERE, ...env })).toContain("is not used");
});

test("a command does not warn about a proxy for loopback addresses", async () => {
  expect(await getStandardError({ HTTPS_PROXY: "http://proxy.example:3128" })).toBe("");
});

test.each([
  ["--inspect", "--inspect"],
  ["--max-old-space-size=512 --inspect-brk=0.0.0.0:9229", "--inspect-brk"],
  ["--tls-keylog=/tmp/keys", "--tls-keylog"],
  ["-r ./spy.js", "-r"],
  ["--import=data:text/javascript,1", "--import"],
])("a command warns once about NODE_OPTIONS=%s", async (NODE_OPTIONS, option) => {
  const err = await getStandardError({ NODE_OPTIONS }, "apply --auto-approve");
  expect(err.split(`NODE_OPTIONS contains ${option},`)).toHaveLength(2);
});

test.each(["", "--max-old-space-size=512", "--no-warnings"])(
  "a command does not warn about NODE_OPTIONS=%s",
  async (NODE_OPTIONS) => {
    expect(await getStandardError({ NODE_OPTIONS })).toBe("");
  },
);

test("a command that sends no requests does not warn about a proxy or NODE_OPTIONS", async () => {
  expect(await getStandardError({ NODE_OPTIONS: "--inspect", HTTPS_PROXY: "http://proxy.example" }, "validate")).toBe(
    "",
  );
});
