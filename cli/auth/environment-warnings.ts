import type { Environment } from "../process-io.ts";

const PROXIES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
/** Options of Node that let others read its memory or its connections, or run code beside ours. */
const LEAKS =
  /(?:^|\s)(--inspect(?:-brk|-wait)?|--tls-keylog|--require|-r|--import|--loader|--experimental-loader)(?=[=\s]|$)/;
const OWN_MACHINE = /^https?:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::|\/|$)/;

const told = new WeakSet<object>();

/** Says once a run what around us keeps requests from their way, or may show the token to somebody. */
export function warnAboutEnvironment(io: Environment): void {
  if (told.has(io.inFlight)) return;
  told.add(io.inFlight);
  for (const warning of [proxyUnused(io), leak(io)]) if (warning !== undefined) io.err(`Warning: ${warning}\n`);
}

/** Node's own fetch does not know them, up to version 22. */
function proxyUnused({ env }: Environment): string | undefined {
  if (OWN_MACHINE.test(env["FRONT_API_URL"] ?? "")) return undefined;
  const name = PROXIES.find((each) => (env[each] ?? "") !== "");
  if (name === undefined) return undefined;
  return `${name} is set, and not used: requests go to Front directly. Where they cannot, let this machine reach api2.frontapp.com.`;
}

function leak({ env }: Environment): string | undefined {
  const option = LEAKS.exec(env["NODE_OPTIONS"] ?? "")?.[1];
  if (option === undefined) return undefined;
  return `NODE_OPTIONS has ${option}, through which others may come to see the token. Unset it where tokens are real.`;
}
