import { test } from "@jest/globals";
import { SCALE } from "../scale.ts";
import { testSeeds } from "./seeds.ts";

await testSeeds(test, SCALE.seeds / 2 + 1, SCALE.seeds / 2);
