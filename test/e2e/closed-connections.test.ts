import { createServer, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, test } from "@jest/globals";
import type { Operation } from "../../src/model/plan.ts";
import { SCALE } from "../scale.ts";
import { startEmulator } from "../support/emulator.ts";
import { listen } from "../support/local-server.ts";
import { TestEnvironment } from "../support/test-environment.ts";

async function forward(front: string, { method = "GET", url, headers }: IncomingMessage, body: Buffer) {
  const response = await fetch(`${front}${url}`, {
    method,
    headers: { "content-type": "application/json", authorization: headers.authorization ?? "" },
    body: body.length === 0 ? null : body,
  });
  return { status: response.status, text: await response.text() };
}

/**
 * Starts a proxy that closes every connection at the second request. If `isForwarded` is true, the proxy first forwards
 * this request to the emulator.
 */
async function startProxy(front: string, isForwarded: boolean) {
  const usedSockets = new WeakSet<Socket>();
  let closed = 0;
  const server = createServer(async (request, response) => {
    const { socket } = request;
    const isSecond = usedSockets.has(socket);
    usedSockets.add(socket);
    const body = await buffer(request);
    const forwarded = isSecond && !isForwarded ? undefined : await forward(front, request, body);
    if (forwarded === undefined || isSecond) {
      closed += 1;
      socket.destroy();
    } else response.writeHead(forwarded.status, { "content-type": "application/json" }).end(forwarded.text);
  });
  return { ...(await listen(server)), closed: () => closed };
}

function creation(number: number): Operation {
  const address = `front_contact.c${number}`;
  const handles = [{ source: "email", handle: `c${number}@x.example` }];
  return {
    id: `create-contact ${address}`,
    kind: "create-contact",
    subjects: [address],
    dependsOn: [],
    handles,
    customFields: [],
  };
}

const CREATIONS = SCALE.creations;

test.each([
  ["before", false],
  ["after", true],
])(
  "no contact is created twice if each connection is closed %s Front processes its second request",
  async (_, isForwarded) => {
    await using emulator = await startEmulator({ rate: Number.POSITIVE_INFINITY });
    await using proxy = await startProxy(emulator.url, isForwarded);
    const environment = new TestEnvironment(emulator);
    for (let number = 1; number <= CREATIONS; number += 1) {
      const front = environment.connect({ url: proxy.url.origin, backoff: 1 });
      await front.me();
      const { results } = await environment.apply({ operations: [creation(number)] }, { backoff: 1 }, front);
      expect({ number, results }).toMatchObject({ number, results: [{ status: "applied" }] });
    }
    expect(proxy.closed()).toBeGreaterThan(CREATIONS / 2);
    const created = emulator.requests.filter(({ method, status }) => method === "POST" && status === 201);
    expect(created).toHaveLength(CREATIONS);
    expect(await environment.contacts()).toHaveLength(CREATIONS);
    expect(emulator.requests.filter(({ status }) => status === 409)).toEqual([]);
  },
);
