// Sends frames of a size to whoever listens, four times a second while it is told to: what the machine has to do for open
// pages when somebody else than the proxy sends to them. `BYTES`; told "on" or "off"

import { WebSocket, WebSocketServer } from 'ws';

const GATHER_MS = 250;
const frame = Buffer.alloc(Number(process.argv[2]), 'x');
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
let isOn = false;
setInterval(() => {
  if (!isOn) return;
  for (const client of server.clients)
    if (client.readyState === WebSocket.OPEN) client.send(frame, { binary: false });
}, GATHER_MS);
process.on('message', (message) => {
  isOn = message === 'on';
});
server.on('listening', () => {
  const { port } = server.address() as { port: number };
  process.send?.(`ws://127.0.0.1:${port}`);
});
