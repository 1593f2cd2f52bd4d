import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { RecordingServer } from "./recording-server.ts";
import type { Command } from "./shell.ts";

const NO_TEXTS: string[] = [];
/** The options of curl that the scripts use. An unknown option is an error. */
const OPTIONS = {
  config: { type: "string" },
  data: { type: "string", multiple: true, default: NO_TEXTS },
  "data-binary": { type: "string", multiple: true, default: NO_TEXTS },
  "data-urlencode": { type: "string", multiple: true, default: NO_TEXTS },
  fail: { type: "boolean" },
  globoff: { type: "boolean" },
  header: { type: "string", multiple: true, default: NO_TEXTS },
  "max-time": { type: "string" },
  output: { type: "string" },
  request: { type: "string" },
  retry: { type: "string" },
  "show-error": { type: "boolean" },
  silent: { type: "boolean" },
  "write-out": { type: "string" },
} as const;

/** Returns a replacement for curl that sends requests to the server without a network. It does not retry requests. */
export function curlTo(server: RecordingServer): Command {
  return (call) => {
    const { values, positionals } = parseArgs({ args: [...call.args], options: OPTIONS, allowPositionals: true });
    const data = dataOf(values, (path) => readFileSync(resolve(call.cwd, path), "utf8"));
    const { status, text } = server.respond({
      url: new URL(positionals.join(" ")),
      method: values.request ?? (data.length > 0 ? "POST" : "GET"),
      headers: parseHeaders([...values.header, headerOfConfig(call.input)]),
      body: data.join("&"),
    });
    if (values.fail && status >= 400) {
      return { code: 22, err: `curl: (22) The requested URL returned error: ${status}\n` };
    }
    const out = values["write-out"]?.replace("%{http_code}", String(status)) ?? "";
    if (values.output === undefined) return { out: text + out };
    writeFileSync(resolve(call.cwd, values.output), text);
    return { out };
  };
}

interface DataOptions {
  readonly data: readonly string[];
  readonly "data-binary": readonly string[];
  readonly "data-urlencode": readonly string[];
}

function dataOf(options: DataOptions, read: (path: string) => string): readonly string[] {
  const plain = [...options.data, ...options["data-binary"]];
  return [
    ...plain.map((text) => (text.startsWith("@") ? read(text.slice(1)) : text)),
    ...options["data-urlencode"].map((text) => urlEncode(text, read)),
  ];
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(lines.map((line) => [line.replace(/:.*/, "").toLowerCase(), line.replace(/^[^:]*: /, "")]));
}

/** Returns the header in a configuration file of curl. Scripts pass the token this way. */
function headerOfConfig(line: string): string {
  return line.replace(/^header = "(.*)"$/, "$1");
}

/** Encodes `name=text` or `name@file`. */
function urlEncode(argument: string, read: (path: string) => string): string {
  const [, name = "", separator, value = ""] = /^(\w+)([=@])(.*)$/s.exec(argument) ?? [];
  return `${name}=${encodeURIComponent(separator === "@" ? read(value) : value)}`;
}
