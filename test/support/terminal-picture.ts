/** Sizes in pixels. */
const FONT_SIZE = 14;
const LINE_HEIGHT = 20;
const PADDING = 20;
const BAR_HEIGHT = 36;
const CHARACTER_WIDTH = 8.43;

const COLORS = { 31: "red", 32: "green", 33: "yellow", 36: "cyan" };
const STYLES: Readonly<Record<string, string>> = { 1: "bold", 2: "dim", ...COLORS };
/** The styles that each escape code ends. */
const STYLES_ENDED_BY: Readonly<Record<string, readonly string[]>> = {
  0: Object.values(STYLES),
  22: ["bold", "dim"],
  39: Object.values(COLORS),
};

/** Returns an SVG picture of `text` with the colors of its escape sequences. */
export function renderTerminal(
  text: string,
  { title, columns }: { readonly title: string; readonly columns: number },
): string {
  const lines = text.trimEnd().split("\n");
  const width = Math.ceil(columns * CHARACTER_WIDTH) + 2 * PADDING;
  const height = BAR_HEIGHT + lines.length * LINE_HEIGHT + PADDING;
  const rows = lines.map((line, index) => {
    const y = BAR_HEIGHT + (index + 1) * LINE_HEIGHT - 5;
    // Some SVG renderers drop leading spaces, so `x` skips them.
    const { indentation, rest } = splitIndentation(line);
    const x = (PADDING + indentation * CHARACTER_WIDTH).toFixed(2);
    return `<text x="${x}" y="${y}">${renderSpans(rest)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">
<style>
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #d6deeb; white-space: pre }
.bold { font-weight: bold; fill: #fff } .dim { fill: #7f8c98 } .red { fill: #ff6b68 } .green { fill: #5bd75b } .yellow { fill: #e5c453 } .cyan { fill: #56c8d8 }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#1b2430"/>
<circle cx="20" cy="18" r="6" fill="#ff5f57"/><circle cx="40" cy="18" r="6" fill="#febc2e"/><circle cx="60" cy="18" r="6" fill="#28c840"/>
${rows.join("\n")}
</svg>
`;
}

function splitIndentation(line: string): { readonly indentation: number; readonly rest: string } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a color begins with Escape.
  const [, colors = "", spaces = ""] = /^((?:\u001b\[\d+m)*)( *)/.exec(line) ?? [];
  return { indentation: spaces.length, rest: `${colors}${line.slice(colors.length + spaces.length)}` };
}

function renderSpans(line: string): string {
  const active = new Set<string>();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a color begins with Escape.
  return Array.from(line.matchAll(/\u001b\[(\d+)m|[^\u001b]+/g), ([part, code]) => {
    if (code === undefined) return renderSpan(part, [...active]);
    for (const ended of STYLES_ENDED_BY[code] ?? []) active.delete(ended);
    const startedStyle = STYLES[code];
    if (startedStyle !== undefined) active.add(startedStyle);
    return "";
  }).join("");
}

function renderSpan(text: string, styles: readonly string[]): string {
  // Non-breaking spaces are also kept by SVG renderers that do not support `white-space: pre`.
  const content = escapeXml(text).replaceAll(" ", "\u00a0");
  return styles.length === 0 ? content : `<tspan class="${styles.join(" ")}">${content}</tspan>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
