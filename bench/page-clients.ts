// Pages that listen, without a browser: so many sockets that read what comes, in a process of their own. Told "use", it
// says what they have read so far, and what CPU that took; told "open" or "close", it opens or closes them and says so
// once that is done. `ADDRESS COUNT`

import { once } from 'node:events';
import { setPriority } from 'node:os';
import { WebSocket } from 'ws';

// Browsers read elsewhere: what they take of this machine's processors is not to be the proxy's.
setPriority(10);
const [address = '', pages = '1'] = process.argv.slice(2);
let messages = 0;
let bytes = 0;

let sockets: readonly WebSocket[] = [];

async function open(): Promise<void> {
  sockets = Array.from({ length: Number(pages) }, () => new WebSocket(address));
  for (const socket of sockets)
    socket.on('message', (data: Buffer) => {
      messages += 1;
      bytes += data.length;
    });
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
}

async function close(): Promise<void> {
  const closed = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.close();
  await Promise.all(closed);
}

process.on('message', async (wish: 'use' | 'open' | 'close') => {
  if (wish === 'open') await open();
  if (wish === 'close') await close();
  const { user, system } = process.cpuUsage();
  process.send?.({ messages, bytes, cpuUs: user + system });
});
process.send?.('ready');
