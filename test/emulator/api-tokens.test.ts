import { expect, test } from "@jest/globals";
import { SCOPES } from "../../src/emulator/index.ts";
import { withFront } from "./support.ts";

test.each([
  ["a request without a token", undefined, "JSON Web Token error"],
  ["a token that is not a JSON Web Token", "secret", "JSON Web Token error"],
  ["an unknown token", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2lnbmF0dXJl", "Invalid token"],
])("the emulator rejects %s", (_, token, message) =>
  withFront({}, async (front) => {
    const response = await front.call("GET", "/me", undefined, { token });
    expect(response.status).toBe(401);
    expect(response.body).toEqual({ _error: { status: 401, title: "Unauthenticated", message } });
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  }),
);

test("the emulator checks the token before the route", () =>
  withFront({}, async (front) => {
    expect((await front.call("GET", "/nowhere", undefined, { token: undefined })).status).toBe(401);
  }));

test("the emulator creates a new token at each start, in the format of Front's tokens", () =>
  withFront({}, (front) =>
    withFront({}, async (other) => {
      expect(front.emulator.token).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/);
      expect(front.emulator.token).not.toBe(other.emulator.token);
    }),
  ));

test("the emulator accepts the configured token in any format", () =>
  withFront({ token: "secret" }, async (front) => {
    const { status, body } = await front.call("GET", "/me");
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: "cmp_tp1", name: "Twin Peaks Sheriff's Department" });
  }));

test("the emulator allows a token without scopes to read /me", () =>
  withFront({ scopes: [] }, async (front) => {
    expect((await front.call("GET", "/me")).status).toBe(200);
  }));

const SEED = {
  lists: [{ id: "grp_1", name: "FBI" }],
  contacts: [{ id: "crd_1", handles: ["email:a@x.example"] }],
  accounts: [{ id: "acc_1", name: "FBI" }],
};

test.each([
  ["GET", "/contacts", "contacts:read"],
  ["GET", "/contacts/crd_1", "contacts:read"],
  ["GET", "/contacts/crd_1/notes", "contacts:read"],
  ["GET", "/contact_lists", "contacts:read"],
  ["GET", "/contact_lists/grp_1/contacts", "contacts:read"],
  ["GET", "/accounts/acc_1/contacts", "contacts:read"],
  ["POST", "/contacts", "contacts:write"],
  ["PATCH", "/contacts/crd_1", "contacts:write"],
  ["POST", "/contacts/crd_1/handles", "contacts:write"],
  ["DELETE", "/contacts/crd_1/handles", "contacts:write"],
  ["POST", "/contacts/crd_1/notes", "contacts:write"],
  ["POST", "/contacts/merge", "contacts:write"],
  ["POST", "/contact_lists", "contacts:write"],
  ["POST", "/contact_lists/grp_1/contacts", "contacts:write"],
  ["DELETE", "/contact_lists/grp_1/contacts", "contacts:write"],
  ["DELETE", "/contacts/crd_1", "contacts:delete"],
  ["DELETE", "/contact_lists/grp_1", "contacts:delete"],
  ["GET", "/contacts/custom_fields", "custom_fields:read"],
  ["GET", "/accounts/custom_fields", "custom_fields:read"],
  ["GET", "/custom_fields", "custom_fields:read"],
  ["GET", "/accounts", "accounts:read"],
  ["GET", "/accounts/acc_1", "accounts:read"],
  ["POST", "/accounts", "accounts:write"],
  ["PATCH", "/accounts/acc_1", "accounts:write"],
  ["POST", "/accounts/acc_1/contacts", "accounts:write"],
  ["DELETE", "/accounts/acc_1/contacts", "accounts:write"],
  ["DELETE", "/accounts/acc_1", "accounts:delete"],
  ["GET", "/contacts/crd_1/conversations", "conversations:read"],
  ["GET", "/teammates", "teammates:read"],
  ["GET", "/inboxes", "inboxes:read"],
] as const)("%s %s requires the scope %s", (method, target, scope) =>
  withFront({ seed: SEED, scopes: SCOPES.filter((known) => known !== scope) }, async (front) => {
    const response = await front.call(method, target);
    expect(response.status).toBe(403);
    expect(response.body._error.message).toContain(scope);
    front.emulator.grant("scoped", [scope]);
    expect((await front.call(method, target, undefined, { token: "scoped" })).status).not.toBe(403);
  }),
);

test("the emulator grants and revokes tokens while it is running", () =>
  withFront({}, async (front) => {
    front.emulator.grant("other");
    expect((await front.call("GET", "/me", undefined, { token: "other" })).status).toBe(200);
    front.emulator.revoke(front.emulator.token);
    expect((await front.call("GET", "/me")).status).toBe(401);
  }));
