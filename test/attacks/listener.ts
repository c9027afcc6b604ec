// An upstream that writes down every byte it gets, and answers each whole request.

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface Listener {
  readonly url: string;
  /** All that came, by connection. */
  readonly heard: string[];
  /** What it says to each request. */
  answer: string;
  close(): Promise<void>;
}

const OK = '{"id":"x","object":"list","data":[]}';

export function answerOf(head: string, body: string = OK): string {
  return `HTTP/1.1 ${head}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

export async function startListener(): Promise<Listener> {
  const sockets = new Set<Socket>();
  const listener = { url: '', heard: [] as string[], answer: answerOf('200 OK') };
  const server = createServer((socket) => {
    sockets.add(socket);
    const index = listener.heard.push('') - 1;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes: Buffer) => {
      const text = `${listener.heard[index]}${bytes.toString('latin1')}`;
      listener.heard[index] = text;
      if (isWhole(text)) socket.end(Buffer.from(listener.answer, 'latin1'));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  listener.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(listener, {
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end))?.[1];
  if (length !== undefined) return text.length - end - 4 >= Number(length);
  return !/\r\ntransfer-encoding:/i.test(text.slice(0, end)) || text.endsWith('0\r\n\r\n');
}
