// The two ports: held by the server of this data folder, free, or somebody else's.

import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Finding } from '../core/finding.ts';
import type { CheckUp } from './check-up.ts';
import { askServer } from './server.ts';

export const ports: CheckUp = {
  name: 'Ports',
  isNeeded: () => true,
  run: async ({ settings }) => {
    const running = await askServer(settings.TOKENWATCH_DATA_DIR);
    if (running !== null) return running;
    const host = settings.TOKENWATCH_HOST;
    const names = ['TOKENWATCH_PROXY_PORT', 'TOKENWATCH_DASHBOARD_PORT'] as const;
    const found = await Promise.all(names.map((name) => look(host, settings[name], name)));
    const [proxy, dashboard] = names.map((name) => settings[name]);
    if (proxy !== dashboard || proxy === 0) return found;
    const advice = 'Give one of them another number.';
    return [...found, { subject: 'ports', verdict: 'fault', found: `both are ${proxy}`, advice }];
  },
};

async function look(host: string, port: number, name: string): Promise<Finding> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return {
      subject: name,
      verdict: 'ok',
      found: port === 0 ? 'any free one' : `${port} is free`,
      advice: null,
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const advice =
      code === 'EADDRINUSE'
        ? `Another program listens there: stop it, or set ${name} to a free port.`
        : 'Choose another port, or another TOKENWATCH_HOST.';
    return { subject: name, verdict: 'fault', found: `${host}:${port} cannot be taken (${code})`, advice };
  } finally {
    server.close();
  }
}
