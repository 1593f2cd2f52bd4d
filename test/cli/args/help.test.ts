import { expect, test } from "@jest/globals";
import type { Command } from "../../../cli/args/command.ts";
import { COMMANDS, type CommandName } from "../../../cli/args/commands.ts";
import { commandHelp, programHelp } from "../../../cli/args/help.ts";
import { Sandbox } from "../../support/sandbox.ts";

const NAMES = Object.keys(COMMANDS) as CommandName[];
const WIDTHS = [40, 80, 120];

const screens = WIDTHS.flatMap((width) => [
  [`the program at ${width} columns`, width, programHelp(width)] as const,
  ...NAMES.map((name) => [`${name} at ${width} columns`, width, commandHelp(name, width)] as const),
]);

test.each(screens)("the help of %s fits the width and has no trailing spaces", (_, width, screen) => {
  const lines = screen.split("\n");
  expect(lines.filter((line) => line.length > width)).toEqual([]);
  expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
});

test.each(WIDTHS)("the help does not break words at %d columns", (width) => {
  const words = (screen: string) => screen.split(/\s+/).filter((word) => word !== "\\" && word !== "#");
  for (const name of NAMES) expect(words(commandHelp(name, width))).toEqual(words(commandHelp(name, 120)));
});

test.each(WIDTHS)("examples in the help can be copied at %d columns", (width) => {
  for (const name of NAMES) {
    const { examples }: Command = COMMANDS[name];
    const joined = commandHelp(name, width).replace(/ \\\n +/g, " ");
    for (const command of Object.keys(examples)) expect(joined).toContain(`\n  ${command}\n`);
  }
});

test("the help lists the options of the command before common options", () => {
  const titles = Array.from(commandHelp("plan", 80).matchAll(/^(\S.*):$/gm), ([, title]) => title);
  expect(titles).toEqual([
    "Options",
    "Output",
    "Scope of the plan",
    "Limits",
    "Connection to Front",
    "Global options",
    "Examples",
  ]);
});

test("the help shows a placeholder for the value of an option", () => {
  const screen = commandHelp("plan", 80);
  for (const option of ["--out FILE", "--max-requests N", "--max-duration DURATION", "--input=false", "--json  "]) {
    expect(screen).toContain(`  ${option}`);
  }
});

test.each([
  ["of the terminal", 60, "90", 60],
  ["in COLUMNS if the output is not a terminal", undefined, "60", 60],
  ["of 100 columns if COLUMNS is not a number", undefined, "wide", 100],
])("the help has the width %s", async (_, columns, variable, width) => {
  await using sandbox = Sandbox.withoutFront();
  const options = { env: { COLUMNS: variable }, ...(columns === undefined ? {} : { columns }) };
  expect((await sandbox.run("plan --help", options)).out).toBe(commandHelp("plan", width));
});

test("the help is at least 40 and at most 120 columns wide", () => {
  expect(commandHelp("plan", 0)).toBe(commandHelp("plan", 40));
  expect(commandHelp("plan", 300)).toBe(commandHelp("plan", 120));
});
