/** A local Front over real HTTP: the rules of its contacts API, without its company, its limits or its cost. */
export { SCOPES, type Scope } from "./access.ts";
export { BEHAVIOURS, type Behaviour } from "./behavior.ts";
export type { Emulator, EmulatorOauth, EmulatorOptions, SeenRequest } from "./emulator.ts";
export { FaultSpecError, parseFault } from "./fault-spec.ts";
export type { Fault, FaultEffect } from "./faults.ts";
export type { FrontRequest, FrontResponse } from "./http-messages.ts";
export { type Answered, type CompanyOptions, createFront, type LocalFront } from "./local-front.ts";
export type { LimitOptions, Tier } from "./rate-limits.ts";
export { locateSeedError, readSeedFile } from "./seed-file.ts";
export type {
  Seed,
  SeedAccount,
  SeedContact,
  SeedField,
  SeedList,
  SeedOauth,
  SeedTeammate,
  SeedToken,
} from "./seed-format.ts";
export { SeedError } from "./seed-values.ts";
export { startEmulator } from "./start.ts";
