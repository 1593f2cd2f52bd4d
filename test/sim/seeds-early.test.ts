import { test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { testSeeds } from "./seeds.ts";

await testSeeds(test, 1, SCALE.seeds / 2);
