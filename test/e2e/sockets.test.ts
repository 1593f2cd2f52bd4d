import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import type { Operation } from "../../src/model/plan.ts";
import { SCALE } from "../scale.ts";
import { startEmulator } from "../support/emulator.ts";
import { World } from "../support/world.ts";

/** Passes a request on to Front. */
async function passOn(front: string, { method = "GET", url, headers }: IncomingMessage, body: Buffer) {
  const authorization = headers.authorization ?? "";
  const answer = await fetch(`${front}${url}`, {
    ...{ method, headers: { "content-type": "application/json", authorization } },
    ...(body.length === 0 ? {} : { body }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Starts a proxy that closes every connection at its second request, passed on or not. */
async function startProxy(front: string, isDone: boolean) {
  const used = new WeakSet<Socket>();
  let closed = 0;
  const server = createServer(async (request, answer) => {
    const { socket } = request;
    const isSecond = used.has(socket);
    used.add(socket);
    const body = await buffer(request);
    const answered = isSecond && !isDone ? undefined : await passOn(front, request, body);
    if (answered === undefined || isSecond) {
      closed += 1;
      socket.destroy();
    } else answer.writeHead(answered.status, { "content-type": "application/json" }).end(answered.text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, closed: () => closed, [Symbol.asyncDispose]: close };
}

function creation(number: number): Operation {
  const address = `front_contact.c${number}`;
  const handles = [{ source: "email", handle: `c${number}@x.example` }];
  return {
    ...{ id: `create-contact ${address}`, kind: "create-contact", subjects: [address], dependsOn: [] },
    ...{ handles, customFields: [] },
  };
}

const CREATIONS = SCALE.creations;

test.each([
  ["was not processed", false],
  ["was done", true],
])("a connection that is closed at its second request, which %s, creates no contact twice", async (_, isPassedOn) => {
  await using emulator = await startEmulator({ rate: Number.POSITIVE_INFINITY });
  await using between = await startProxy(emulator.url, isPassedOn);
  const world = new World(emulator);
  for (let number = 1; number <= CREATIONS; number += 1) {
    const front = world.connect({ url: between.url, backOff: 1 });
    await front.me();
    const { results } = await world.apply({ operations: [creation(number)] }, { backOff: 1 }, front);
    expect({ number, results }).toMatchObject({ number, results: [{ status: "applied" }] });
  }
  expect(between.closed()).toBeGreaterThan(CREATIONS / 2);
  const created = emulator.requests.filter(({ method, status }) => method === "POST" && status === 201);
  expect(created).toHaveLength(CREATIONS);
  expect(await world.contacts()).toHaveLength(CREATIONS);
  expect(emulator.requests.filter(({ status }) => status === 409)).toEqual([]);
});
