import { expect, test } from "@jest/globals";
import { Outside } from "../../support/test-environment.ts";

const FILE = "contacts: { a: { handles: [{ source: email, handle: a@x.example }] } }\n";

/** What a plan against this machine, or against nobody, says on standard error. */
async function warned(env: Record<string, string>, words = "plan"): Promise<string> {
  await using outside = await Outside.withFront();
  return (await outside.write("contacts/a.yaml", FILE).run(words, { env })).err;
}

const ELSEWHERE = { FRONT_API_URL: "https://unreachable.invalid", FRONT_CONTACTS_BACKOFF_MS: "0" };

test.each(["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])("%s is said to be set and not used", async (name) => {
  expect(await warned({ ...ELSEWHERE, [name]: "http://proxy.example:3128" })).toContain(`${name} is not used`);
});

test("a proxy is nothing to this machine's own addresses", async () => {
  expect(await warned({ HTTPS_PROXY: "http://proxy.example:3128" })).toBe("");
});

test.each([
  ["--inspect", "--inspect"],
  ["--max-old-space-size=512 --inspect-brk=0.0.0.0:9229", "--inspect-brk"],
  ["--tls-keylog=/tmp/keys", "--tls-keylog"],
  ["-r ./spy.js", "-r"],
  ["--import=data:text/javascript,1", "--import"],
])("NODE_OPTIONS=%s is warned of, once", async (NODE_OPTIONS, option) => {
  const err = await warned({ NODE_OPTIONS }, "apply --auto-approve");
  expect(err.split(`NODE_OPTIONS has ${option},`)).toHaveLength(2);
});

test.each(["", "--max-old-space-size=512", "--no-warnings"])("NODE_OPTIONS=%s is not", async (NODE_OPTIONS) => {
  expect(await warned({ NODE_OPTIONS })).toBe("");
});

test("who does not ask Front is told nothing", async () => {
  expect(await warned({ NODE_OPTIONS: "--inspect", HTTPS_PROXY: "http://proxy.example" }, "validate")).toBe("");
});
