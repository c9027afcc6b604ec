// Ports for what is not there yet, away for a while, or gone. One that the system gave and took back it may give to
// anybody meanwhile: to the next connection that another test opens.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Of those that the system gives to nobody who asks for any. */
const [FIRST, END] = [12_000, 30_000];

/** Nobody listens there, and nobody will by chance. */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END);
    const probe = createServer().listen(port, '127.0.0.1');
    const isFree = await once(probe, 'listening').then(
      () => true,
      () => false,
    );
    if (!isFree) continue;
    probe.close();
    await once(probe, 'close');
    return port;
  }
}
