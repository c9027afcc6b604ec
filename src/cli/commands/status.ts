// `tokenwatch status`: is a server running, how is it, and what is recorded. Works both ways.

import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { formatUsd } from '../../core/money.ts';
import type { StatusAnswer } from '../../dashboard/contract.ts';
import type { InstanceFacts } from '../../ledger/leases/lease-ports.ts';
import { visitStore } from '../../storage/registry.ts';
import type { StoreFacts, StoreSettings } from '../../storage/store.ts';
import { type Command, JSON_OPTION } from '../command.ts';
import { askServer, dashboardUrlOf, type RunningServer, serverStatus } from '../server.ts';

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
    const { facts: records, instances: told, fault } = await lookAt(settings);
    // A store that serves one server alone does not know of it.
    const alone = told === null && server !== null && server.dataDir === dataDir;
    const instances = alone ? await instancesBy({ url: dashboardUrl, status: server }) : (told ?? []);
    if (context.options.json) {
      context.print(
        JSON.stringify(
          { running: server !== null, dashboardUrl, server, dataDir, records, fault, instances },
          null,
          2,
        ),
      );
      return;
    }
    if (server === null) context.print(`Server    not running (nothing answers at ${dashboardUrl})`);
    else for (const line of serverLines(server, dashboardUrl)) context.print(line);
    context.print(`Data      ${dataDir}
Records   ${fault ?? (records === null ? 'none yet' : recordsWords(records))}`);
    if (records !== null) context.print(`Similar   prompts are compared ${records.promptSearch.about}`);
    for (const line of instances.flatMap(instanceLines)) context.print(line);
    if (server !== null && server.dataDir !== dataDir)
      context.print(`The running server keeps its records elsewhere: ${server.dataDir}`);
  },
};

function recordsWords({ records, bytes, rowsFromMs }: StoreFacts): string {
  const old = new Date(rowsFromMs).toISOString().slice(0, 10);
  const gone = rowsFromMs === 0 ? '' : `; of those before ${old} only totals are left`;
  return `${records} (${(bytes / 1024 / 1024).toFixed(1)} MiB)${gone}`;
}

function serverLines(server: StatusAnswer, dashboardUrl: string): string[] {
  const { journal, startedAtMs, version } = server;
  const fault = journal.lastError === null ? '' : `; the journal cannot write: ${journal.lastError}`;
  const dropped = journal.droppedLines === 0 ? '' : `, ${journal.droppedLines} lost`;
  return [
    `Server    TokenWatch ${version}, running since ${new Date(startedAtMs).toLocaleString('en-GB')}`,
    `Proxy     ${server.proxyUrl}`,
    `Dashboard ${dashboardUrl}`,
    `Requests  ${journal.inFlight} in flight, ${counted(journal.waitingLines, 'line waits', 'lines wait')} for the disk${dropped}${fault}`,
  ];
}

interface Look {
  readonly facts: StoreFacts | null;
  /** Why nothing is known of it. */
  readonly fault: string | null;
  /** Of a database that several share; null of another. */
  readonly instances: readonly Instance[] | null;
}

async function lookAt(settings: StoreSettings): Promise<Look> {
  try {
    const records = await visitStore(settings, 'refuse');
    const facts = await records.facts();
    const instances = (await records.leases?.instances())?.map(withOutstanding) ?? null;
    await records.close();
    return { facts, instances, fault: null };
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    const fault = error.code === 'no_data' ? null : error.message;
    return { facts: null, instances: null, fault };
  }
}

type Instance = Omit<InstanceFacts, 'leases'> & {
  readonly leases: readonly object[];
  readonly outstandingNanoUsd: number;
};

function withOutstanding(facts: InstanceFacts): Instance {
  const unspent = facts.leases.map((lease) => lease.grantedNanoUsd - lease.spentNanoUsd);
  return { ...facts, outstandingNanoUsd: unspent.reduce((sum, each) => sum + each, 0) };
}

/** One of an earlier version has no such answer. */
async function instancesBy(server: RunningServer): Promise<readonly Instance[]> {
  return askServer(server, 'instances', {}).then(
    ({ instances }) => instances,
    () => [],
  );
}

function instanceLines({
  id,
  host,
  version,
  state,
  seenAtMs,
  leases,
  outstandingNanoUsd,
}: Instance): readonly string[] {
  const seen = new Date(seenAtMs).toLocaleString('en-GB');
  const held = counted(leases.length, 'lease');
  return [
    `Instance  ${id} on ${host}`,
    `          ${state}, ${version}, seen ${seen}; ${held}, ${formatUsd(outstandingNanoUsd)} not spent`,
    ...(state === 'silent' ? ['          What it has leased counts as spent until its records are in.'] : []),
  ];
}
