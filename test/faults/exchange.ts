// A client and an upstream that write what they like: raw bytes over real sockets.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface RawUpstream {
  readonly url: string;
  /** What it says next, to every request. */
  answer: Buffer;
  close(): Promise<void>;
}

/** Says its answer when a request's head is here, and hangs up. */
export async function startRawUpstream(): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const upstream = { url: '', answer: Buffer.alloc(0) };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    let head = '';
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      head = '';
      socket.end(upstream.answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(upstream, {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

const PROD_MS = 20;

/** Asks for a page and takes nothing of it. Resolves once it is cut, which a client that reads nothing sees as it writes. */
export async function untilCut(url: string, path: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const closed = new Promise((resolve) => socket.on('error', () => {}).on('close', resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await once(socket, 'readable');
  const prodding = setInterval(() => socket.write('\r\n'), PROD_MS);
  await closed;
  clearInterval(prodding);
}

/** Everything that came back until the proxy hung up, or until `ms` have passed: then null. */
export async function sendRaw(proxyUrl: string, bytes: Buffer, ms: number): Promise<string | null> {
  const { hostname, port } = new URL(proxyUrl);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  const closed = new Promise<true>((resolve) => {
    socket.on('error', () => resolve(true));
    socket.on('close', () => resolve(true));
  });
  socket.write(bytes);
  const late = AbortSignal.timeout(ms);
  const isLate = new Promise<false>((resolve) => late.addEventListener('abort', () => resolve(false)));
  const ended = await Promise.race([closed, isLate]);
  socket.destroy();
  return ended ? text : null;
}
