import type { AddressInfo, Server, Socket } from "node:net";

/** A server on a free port. It closes all connections when it is disposed. */
export interface LocalServer extends AsyncDisposable {
  readonly url: URL;
}

export async function listen(server: Server): Promise<LocalServer> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: new URL(`http://127.0.0.1:${port}`), [Symbol.asyncDispose]: close };
}
