import { expect, test } from "@jest/globals";
import { AccountConverter } from "../../src/importing/account-converter.ts";
import { declaredAccount, remoteAccount } from "../support/builders.ts";

const remote = Array.from({ length: 250 }, (_, index) =>
  remoteAccount(`acc_${index}`, {
    name: `Account ${index}`,
    domains: [`d${index}.example`, ...(index === 120 ? ["not a domain"] : [])],
    externalId: index === 130 ? "A\n1" : `A-${index}`,
  }),
);

test("the converter skips only invalid values and an account that an entry deletes", () => {
  const mine = declaredAccount("mine", { externalId: "A-7" });
  const gone = declaredAccount("gone", { externalId: "A-8", ensure: "absent" });
  const converter = new AccountConverter(remote, [mine, gone], []);
  const accounts = converter.convertAll(remote);
  expect(accounts.map(({ id }) => id)).toEqual(remote.flatMap(({ id }) => (id === "acc_8" ? [] : [id])));
  expect(converter.skipped).toEqual([
    { kind: "account-skipped", text: expect.stringMatching(/acc_8.* has ensure: absent in its entry gone$/) },
  ]);
  expect(accounts.filter(({ declaration }) => declaration === undefined)).toMatchObject([{ key: "mine", id: "acc_7" }]);
  const warnings = accounts.flatMap(({ declaration }) => declaration?.warnings ?? []);
  expect(warnings.map(({ text }) => text)).toEqual([
    expect.stringMatching(/acc_120.*the domain not a domain would not be valid in a file/),
    expect.stringMatching(/acc_130.*the external ID contains/),
  ]);
  const entryOf = (id: string) => accounts.find((account) => account.id === id)?.declaration?.entry;
  expect(entryOf("acc_120")).toMatchObject({ domains: ["d120.example"], externalId: "A-120" });
  expect(entryOf("acc_121")).toMatchObject({ name: "Account 121", domains: ["d121.example"], externalId: "A-121" });
});
