// `tokenwatch key list`: the access keys, without the keys themselves.

import { type Command, JSON_OPTION } from '../../command.ts';
import { askKeys, describeKey, type KeyRow } from '../../keys.ts';
import { tellOutage } from '../../server.ts';
import { tableLines } from '../../table.ts';

const COLUMNS = [
  { title: 'NAME' },
  { title: 'KEY' },
  { title: 'STATE' },
  { title: 'CREATED' },
  { title: 'FOR' },
];
const DAY_CHARACTERS = 10;

export const keyList: Command = {
  name: 'key list',
  summary: 'the access keys; those that were revoked with --all',
  options: [{ flags: '--all', about: 'those that were revoked, too' }, JSON_OPTION],
  examples: ['tokenwatch key list'],
  async run(context) {
    const { keys: all, fault } = await askKeys(context, 'keys', {});
    const keys = context.options.all === true ? all : all.filter(({ revoked }) => revoked === null);
    if (context.options.json) {
      context.print(JSON.stringify({ keys, fault }, null, 2));
      return;
    }
    tellOutage(context, fault);
    if (keys.length === 0) context.print('No access key is set. "tokenwatch key create NAME" makes one.');
    else {
      const rows = keys.map((key) => [
        key.name,
        `${key.keys[0]?.shown ?? ''}…`,
        stateOf(key),
        key.created.slice(0, DAY_CHARACTERS),
        [describeKey(key), ...graceOf(key)].join(', '),
      ]);
      for (const line of tableLines(COLUMNS, rows, context.columns)) context.print(line);
    }
  },
};

function stateOf({ revoked, expires }: KeyRow): string {
  if (revoked !== null) return 'revoked';
  return expires !== null && Date.parse(expires) <= Date.now() ? 'expired' : 'in use';
}

/** Of those before it that are still taken. */
function graceOf({ revoked, keys }: KeyRow): readonly string[] {
  const ends = keys
    .slice(1)
    .flatMap((key) => (key.ends !== null && Date.parse(key.ends) > Date.now() ? [key.ends] : []));
  return revoked === null ? ends.map((end) => `the one before until ${end}`) : [];
}
