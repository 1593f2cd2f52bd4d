import type { Desired } from "../../src/contact.ts";
import type { OperationKind } from "../../src/plan.ts";
import { desired, files, handle } from "./builders.ts";
import { portrait } from "./pictures.ts";
import type { World } from "./world.ts";

/** A world in which applying takes one write of a kind, with what may be needed to get there. */
export interface Write {
  readonly kind: OperationKind;
  readonly method: string;
  readonly path: string;
  /** Puts the world up, and answers with what the files say. */
  readonly setUp: (world: World) => Promise<Desired>;
}

const ADA = handle("ada@x.example");
const PRESENT = {
  ...{ name: "Eva", description: "kept", links: ["https://kept.example"] },
  custom_fields: { "Job Title": "Agent", Location: "kept" },
};

const contact = (world: World) => world.contact([ADA, handle("twitter:kept")], PRESENT);

/** Every kind of write there is, by what it does. */
export const WRITES: Readonly<Record<string, Write>> = {
  "a list": {
    ...{ kind: "create-list", method: "POST", path: "/contact_lists" },
    async setUp(world) {
      await contact(world);
      return files([desired(ADA.handle, { lists: ["New"] })], { lists: ["New"] });
    },
  },
  "a contact": {
    ...{ kind: "create-contact", method: "POST", path: "/contacts" },
    async setUp(world) {
      await world.list("Old");
      const wishes = { name: "Ada", description: "x", links: ["https://a.example"], lists: ["Old"] };
      return files([desired([ADA.handle, "+44 1"], { ...wishes, customFields: { "Job Title": "Agent" } })]);
    },
  },
  "a name": {
    ...{ kind: "update-contact", method: "PATCH", path: "/contacts/*" },
    async setUp(world) {
      await contact(world);
      return files([desired(ADA.handle, { name: "Ada" })]);
    },
  },
  "a custom field": {
    ...{ kind: "update-contact", method: "PATCH", path: "/contacts/*" },
    async setUp(world) {
      await contact(world);
      return files([desired(ADA.handle, { description: "", customFields: { "Job Title": "Chief" } })]);
    },
  },
  "a link": {
    ...{ kind: "update-contact", method: "PATCH", path: "/contacts/*" },
    async setUp(world) {
      await contact(world);
      return files([desired(ADA.handle, { links: ["https://new.example"] })]);
    },
  },
  "a handle": {
    ...{ kind: "add-handle", method: "POST", path: "/contacts/*/handles" },
    async setUp(world) {
      await contact(world);
      return files([desired([ADA.handle, "+44 1"])]);
    },
  },
  "a picture": {
    ...{ kind: "upload-avatar", method: "PATCH", path: "/contacts/*" },
    async setUp(world) {
      await contact(world);
      const avatar = world.picture("ada.png", await portrait(1).png().toBuffer());
      return files([desired(ADA.handle, { avatar })]);
    },
  },
  "a membership": {
    ...{ kind: "add-to-list", method: "POST", path: "/contact_lists/*/contacts" },
    async setUp(world) {
      await contact(world);
      await world.list("Old");
      return files([desired(ADA.handle, { lists: ["Old"] })]);
    },
  },
};
