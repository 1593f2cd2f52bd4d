import { accessSync, constants } from "node:fs";
import { pathToFileURL } from "node:url";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** Paths of Chromium on Debian and other systems. The environment variable CHROMIUM takes precedence. */
const PATHS = [
  process.env["CHROMIUM"] ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

function findChromium(): string {
  const executable = PATHS.find((path) => path !== "" && isExecutable(path));
  if (executable !== undefined) return executable;
  throw new Error("No Chromium found. Install it (apt-get install chromium), or set CHROMIUM to its path.");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first two options let Chromium run as root and without a GPU. The others prevent background requests. */
const OPTIONS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: OPTIONS });
}

/** A page that was opened from disk, and the reports and requests of the browser. */
interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** Console messages, uncaught errors, violations of the Content-Security-Policy, and dialogs. */
  readonly reports: readonly string[];
  /** URLs of all requests, except the URL of the page itself and `data:` URLs. */
  readonly requests: readonly string[];
}

export async function openPage(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  const reports: string[] = [];
  const requests: string[] = [];
  const url = pathToFileURL(file).href;
  page.on("console", (message) => reports.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => reports.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    reports.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("request", (request) => {
    if (request.url() !== url && !request.url().startsWith("data:")) requests.push(request.url());
  });
  await page.goto(url);
  return { page, reports, requests, [Symbol.asyncDispose]: () => context.close() };
}

export async function accessibilityViolationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = (await page.evaluate("axe.run()")) as axe.AxeResults;
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
}
