import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HtmlRenderer, Parser } from "commonmark";
import type { Browser } from "playwright-core";
import { reviewCase } from "../support/review-plan.ts";
import { launchChromium } from "./chromium.ts";

// Draws docs/images/review-*.png, which show the first screen of one plan in each format. Requires a build and
// Chromium.

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");
const SCREEN = { width: 1280, height: 800 };

/** Saves a plan in a new directory, and returns the path of the directory. */
async function savePlan(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "front-contacts-pictures-"));
  const { seed, files, flags } = await reviewCase();
  for (const [path, content] of [["seed.json", JSON.stringify(seed)], ...files] as const) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  const plan = [process.execPath, MAIN, "plan", "--out", "plan.json", "--html", "plan.html", ...flags.split(" ")];
  runProgram(directory, ["emulator", "--seed", "seed.json", "--", ...plan]);
  return directory;
}

function runProgram(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { FRONT_API_URL: _, ...outer } = process.env;
  const options = { cwd, encoding: "utf8", env: { ...outer, ...env }, maxBuffer: 1e9 } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], options);
  if (status !== 0) throw new Error(`front-contacts ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const escapeHtml = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

const COLORS: Readonly<Record<string, string>> = {
  "1": "font-weight:bold",
  "2": "opacity:.65",
  "31": "color:#ff8f88",
  "32": "color:#56d364",
  "33": "color:#e3b341",
  "36": "color:#76e3ea",
};

/** Returns an HTML page that shows the first lines of colored terminal output. */
function renderTerminalPage(text: string): string {
  const [first = "", ...parts] = text.split("\n").slice(0, 45).join("\n").split("\u001b[");
  const spans = parts.map((part) => {
    const [, code = "", rest = ""] = /^(\d+)m([\s\S]*)$/.exec(part) ?? [];
    return COLORS[code] === undefined
      ? `</span>${escapeHtml(rest)}`
      : `<span style="${COLORS[code]}">${escapeHtml(rest)}`;
  });
  return `<body style="margin:0;padding:16px;background:#0d1117;color:#f0f6fc"><pre style="font:15px/1.35 monospace">${escapeHtml(first)}${spans.join("")}`;
}

/** Returns an HTML page for Markdown. CommonMark has no tables, so table cells are rendered one by one. */
function renderComment(markdown: string): string {
  const render = (text: string) => new HtmlRenderer().render(new Parser().parse(text));
  const blocks = markdown
    .split("\n\n")
    .map((block) => (block.startsWith("|") ? renderTable(block, render) : render(block)));
  const style =
    "body{margin:24px auto;max-width:1012px;font:14px/1.5 system-ui,'Liberation Sans',sans-serif}table{border-collapse:collapse}" +
    "td,th{border:1px solid #d1d9e0;padding:6px 13px}td p,th p{margin:0}code{background:#eff1f3;border-radius:6px;padding:2px 5px;font:85% monospace}";
  return `<!doctype html><style>${style}</style>${blocks.join("")}`;
}

function renderTable(block: string, render: (text: string) => string): string {
  const rows = block.split("\n").filter((line) => !/^\|[-:|]+\|$/.test(line));
  const cellsOf = (row: string) => row.slice(1, -1).split(/(?<!\\)\|/);
  const html = rows.map((row, index) => {
    const tag = index === 0 ? "th" : "td";
    return `<tr>${cellsOf(row)
      .map((cell) => `<${tag}>${render(cell.trim().replaceAll("\\|", "|"))}</${tag}>`)
      .join("")}</tr>`;
  });
  return `<table>${html.join("")}</table>`;
}

async function draw(browser: Browser, name: string, html: string): Promise<void> {
  const page = await browser.newPage({ viewport: SCREEN });
  await page.setContent(html);
  await page.screenshot({ path: join(ROOT, `docs/images/review-${name}.png`) });
  await page.close();
}

const directory = await savePlan();
const browser = await launchChromium();
try {
  const show = (format: string) =>
    runProgram(directory, ["show", "plan.json", "--format", format], { FORCE_COLOR: "1" });
  await draw(browser, "text", renderTerminalPage(show("text")));
  await draw(browser, "json", renderTerminalPage(show("json")));
  await draw(browser, "markdown", renderComment(show("markdown")));
  await draw(browser, "html", readFileSync(join(directory, "plan.html"), "utf8"));
} finally {
  await browser.close();
  rmSync(directory, { recursive: true, force: true });
}
