// `tokenwatch status`: is a server running, how is it, and what is recorded. Works both ways.

import { TokenWatchError } from '../../core/errors.ts';
import type { StatusAnswer } from '../../dashboard/contract.ts';
import { visitStore } from '../../storage/registry.ts';
import type { StoreFacts, StoreSettings } from '../../storage/store.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { dashboardUrlOf, serverStatus } from '../server.ts';

export const status: Command = {
  name: 'status',
  summary: 'whether the proxy runs, and what is recorded',
  options: [JSON_OPTION],
  examples: ['tokenwatch status', 'tokenwatch status --json'],
  async run(context) {
    const settings = context.settings();
    const dashboardUrl = dashboardUrlOf(settings);
    const server = await serverStatus(dashboardUrl, settings.TOKENWATCH_DATA_DIR);
    const dataDir = settings.TOKENWATCH_DATA_DIR;
    const records = await factsOf(settings);
    if (context.options.json) {
      context.print(
        JSON.stringify({ running: server !== null, dashboardUrl, server, dataDir, records }, null, 2),
      );
      return;
    }
    if (server === null) context.print(`Server    not running (nothing answers at ${dashboardUrl})`);
    else for (const line of serverLines(server, dashboardUrl)) context.print(line);
    context.print(`Data      ${dataDir}
Records   ${records === null ? 'none yet' : `${records.records} (${(records.bytes / 1024 / 1024).toFixed(1)} MiB)`}`);
    if (server !== null && server.dataDir !== dataDir)
      context.print(`The running server keeps its records elsewhere: ${server.dataDir}`);
  },
};

function serverLines(server: StatusAnswer, dashboardUrl: string): string[] {
  const { journal, startedAtMs, version } = server;
  const fault = journal.lastError === null ? '' : `; the journal cannot write: ${journal.lastError}`;
  const dropped = journal.droppedLines === 0 ? '' : `, ${journal.droppedLines} lost`;
  return [
    `Server    TokenWatch ${version}, running since ${new Date(startedAtMs).toLocaleString('en-GB')}`,
    `Proxy     ${server.proxyUrl}`,
    `Dashboard ${dashboardUrl}`,
    `Requests  ${journal.inFlight} in flight, ${journal.waitingLines} lines wait for the disk${dropped}${fault}`,
  ];
}

async function factsOf(settings: StoreSettings): Promise<StoreFacts | null> {
  try {
    const records = await visitStore(settings, 'refuse');
    const facts = await records.facts();
    await records.close();
    return facts;
  } catch (error) {
    if (error instanceof TokenWatchError && error.code === 'no_data') return null;
    throw error;
  }
}
