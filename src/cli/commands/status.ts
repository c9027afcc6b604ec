// `tokenwatch status`: is a server running, and what is recorded. Works both ways.

import { TokenWatchError } from '../../core/errors.ts';
import type { StoreFacts } from '../../storage/sqlite/database.ts';
import { openRecords } from '../../storage/sqlite/open-records.ts';
import { type Command, JSON_OPTION } from '../command.ts';

const ASK_TIMEOUT_MS = 1000;

export const status: Command = {
  name: 'status',
  summary: 'whether the proxy runs, and what is recorded',
  options: [JSON_OPTION],
  examples: ['tokenwatch status', 'tokenwatch status --json'],
  async run(context) {
    const settings = context.settings();
    const proxyUrl = `http://${settings.TOKENWATCH_HOST}:${settings.TOKENWATCH_PROXY_PORT}`;
    const running = await answers(`${proxyUrl}/healthz`);
    const facts = await factsOf(settings.TOKENWATCH_DATA_DIR);
    if (context.options.json) {
      context.print(
        JSON.stringify({ running, proxyUrl, dataDir: settings.TOKENWATCH_DATA_DIR, records: facts }, null, 2),
      );
      return;
    }
    context.print(`Proxy    ${running ? `running at ${proxyUrl}` : `not running at ${proxyUrl}`}
Data     ${settings.TOKENWATCH_DATA_DIR}
Records  ${facts === null ? 'none yet' : `${facts.records} (${(facts.bytes / 1024 / 1024).toFixed(1)} MiB)`}`);
  },
};

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(ASK_TIMEOUT_MS) })).ok;
  } catch {
    // No answer is the answer: nothing listens there.
    return false;
  }
}

async function factsOf(dataDir: string): Promise<StoreFacts | null> {
  try {
    const records = await openRecords(dataDir);
    const facts = await records.facts();
    await records.close();
    return facts;
  } catch (error) {
    if (error instanceof TokenWatchError && error.code === 'no_data') return null;
    throw error;
  }
}
