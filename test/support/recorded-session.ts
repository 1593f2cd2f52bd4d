import { Sandbox } from "./sandbox.ts";
import { renderTerminal } from "./terminal-picture.ts";
import { VirtualClock } from "./virtual-clock.ts";

const CONTACTS = `contacts:
  dale-cooper:
    name: Dale Cooper
    handles:
      - { source: email, handle: dale.cooper@fbi.example }
      - { source: email, handle: special.agent@fbi.example }
    custom_fields:
      Location: Las Vegas, Nevada
`;

const COMPANY = {
  company: { id: "cmp_k30", name: "Twin Peaks Sheriff's Department" },
  custom_fields: [
    { name: "Job Title", type: "string" },
    { name: "Location", type: "string" },
  ],
  contacts: [
    {
      name: "Dale Cooper",
      handles: ["email:dale.cooper@fbi.example"],
      custom_fields: { "Job Title": "FBI Special Agent", Location: "Philadelphia, Pennsylvania" },
    },
  ],
};

const COLUMNS = 80;
const PROMPT = "\u001b[32m$\u001b[39m";

/** Creates a plan and applies it. Returns a picture of the terminal. */
export async function recordSession(): Promise<string> {
  await using sandbox = await Sandbox.withFront({ seed: COMPANY, rate: 100 });
  sandbox.write("contacts/fbi.yaml", CONTACTS);
  const commands = ["front-contacts plan --out plan.json", "front-contacts apply plan.json"];
  let screen = "";
  const show = (text: string) => {
    screen += text;
  };
  for (const command of commands) {
    show(`${PROMPT} \u001b[1m${command}\u001b[22m\n`);
    await sandbox.run(command.replace("front-contacts ", ""), {
      columns: COLUMNS,
      clock: new VirtualClock(),
      onOut: show,
      onErr: show,
      env: { FORCE_COLOR: "1" },
    });
    show("\n");
  }
  return renderTerminal(screen, { title: "front-contacts plan and apply in a terminal", columns: COLUMNS });
}
