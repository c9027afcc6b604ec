// Pages that listen, without a browser: so many sockets that read what comes, in a process of their own. Told "use", it
// says what they have read so far, and what CPU that took. `ADDRESS COUNT`

import { setPriority } from 'node:os';
import { WebSocket } from 'ws';

// Browsers read elsewhere: what they take of this machine's processors is not to be the proxy's.
setPriority(10);
const [address = '', pages = '1'] = process.argv.slice(2);
let messages = 0;
let bytes = 0;

const sockets = Array.from({ length: Number(pages) }, () => new WebSocket(address));
await Promise.all(
  sockets.map(
    (socket) =>
      new Promise<void>((resolve, reject) => {
        socket.once('open', () => resolve());
        socket.once('error', reject);
      }),
  ),
);
for (const socket of sockets)
  socket.on('message', (data: Buffer) => {
    messages += 1;
    bytes += data.length;
  });
process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.send?.({ messages, bytes, cpuUs: user + system });
});
process.send?.('open');
