/** A local Front over real HTTP: the rules of its contacts API, without its company, its limits or its cost. */
export { SCOPES, type Scope } from "./access.ts";
export { BEHAVIOURS, type Behaviour } from "./behaviour.ts";
export type { Emulator, EmulatorOauth, EmulatorOptions, SeenRequest } from "./emulator.ts";
export type { FrontRequest, FrontResponse } from "./exchange.ts";
export { FaultSpecError, parseFault } from "./fault-spec.ts";
export type { Fault, FaultEffect } from "./faults.ts";
export { locateSeedError, readSeedFile } from "./file.ts";
export type { LimitOptions, Tier } from "./limits.ts";
export { type Answered, type CompanyOptions, createFront, type LocalFront } from "./local-front.ts";
export { SeedError } from "./reading.ts";
export type {
  Seed,
  SeedAccount,
  SeedContact,
  SeedField,
  SeedList,
  SeedOauth,
  SeedTeammate,
  SeedToken,
} from "./seed-form.ts";
export { startEmulator } from "./start.ts";
