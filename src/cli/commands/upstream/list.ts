// `tokenwatch upstream list`: who may be asked, in order, and how they are.

import type { UpstreamDefinition } from '../../../core/upstream.ts';
import type { UpstreamHealth } from '../../../dashboard/contract.ts';
import { placeOf } from '../../../upstream/keys.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask, serverOf, tellOutage } from '../../server.ts';
import { type Column, formatMs, tableLines } from '../../table.ts';

/** `isPlain`: what says nothing where all rows have it. */
interface ListColumn extends Column {
  readonly cell: (row: Row, runs: boolean) => string;
  readonly isPlain?: (row: Row) => boolean;
}

const COLUMNS: readonly ListColumn[] = [
  { title: 'API', cell: ({ api }) => api },
  { title: 'PRIORITY', alignRight: true, cell: ({ priority }) => String(priority) },
  {
    title: 'WEIGHT',
    alignRight: true,
    cell: ({ weight }) => String(weight),
    isPlain: ({ weight }) => weight === 1,
  },
  { title: 'NAME', cell: ({ name }) => name },
  { title: 'URL', cell: ({ url }) => url },
  { title: 'MODELS', cell: ({ models }) => models ?? 'all', isPlain: ({ models }) => models === null },
  {
    title: 'KEY',
    cell: ({ key }) =>
      key === null ? "client's" : placeOf(key).replace(/^the (?:environment variable|file) /, ''),
  },
  { title: 'HEALTH', cell: ({ health }, runs) => (runs ? describe(health ?? []) : 'no server runs') },
];

interface Row {
  readonly name: string;
  readonly api: string;
  readonly priority: number;
  readonly weight: number;
  readonly url: string;
  readonly models: string | null;
  readonly key: UpstreamDefinition['key'];
  readonly health: readonly UpstreamHealth[] | null;
}

export const upstreamList: Command = {
  name: 'upstream list',
  summary: 'the upstreams, in the order in which they are asked, and their health',
  options: [JSON_OPTION],
  examples: ['tokenwatch upstream list'],
  async run(context) {
    const settings = context.settings();
    const runs = (await serverOf(settings)) !== null;
    const { upstreams, fault } = await ask(context, 'upstreams', {});
    const rows = upstreams.map((row): Row => ({ ...row, health: runs ? row.health : null }));
    if (context.options.json) {
      context.print(JSON.stringify({ running: runs, upstreams: rows.map(shown), fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    const columns = COLUMNS.filter(({ isPlain }) => isPlain === undefined || !rows.every(isPlain));
    const cells = rows.map((row) => columns.map(({ cell }) => cell(row, runs)));
    for (const line of tableLines(columns, cells, context.columns)) context.print(line);
    if (!settings.TOKENWATCH_FAILOVER_TO_DEFAULT)
      context.print('"default" is asked only where no other upstream fits (TOKENWATCH_FAILOVER_TO_DEFAULT).');
  },
};

/** Of several models the worst, and how many are well. */
function describe(health: readonly UpstreamHealth[]): string {
  if (health.length === 0) return 'not asked yet';
  const troubled = health.filter(({ state, restsUntilMs }) => state !== 'closed' || restsUntilMs !== null);
  const [first] = troubled;
  if (first === undefined) {
    const worst = Math.max(...health.map(({ errorRate }) => errorRate));
    const known = health.flatMap(({ latencyMs }) => latencyMs ?? []);
    const mean = known.reduce((sum, each) => sum + each, 0) / known.length;
    const latency = known.length === 0 ? '' : `, ${formatMs(mean)}`;
    return `well${latency}${worst < 0.005 ? '' : `, ${Math.round(100 * worst)} % errors`}`;
  }
  const word = first.restsUntilMs === null ? first.state : 'resting';
  return `${word} for ${first.model ?? 'requests without a model'}${troubled.length > 1 ? ` and ${troubled.length - 1} more` : ''}`;
}

function shown(row: Row): unknown {
  const { name, api, priority, weight, url, models, key, health } = row;
  return { name, api, priority, weight, url, models, key, health };
}
