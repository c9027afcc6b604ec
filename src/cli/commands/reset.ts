// `tokenwatch reset`: deletes the records, after asking.

import { createInterface } from 'node:readline/promises';
import { TokenWatchError } from '../../core/errors.ts';
import { openRecords } from '../../storage/sqlite/open-records.ts';
import { type Command, JSON_OPTION } from '../command.ts';

export const reset: Command = {
  name: 'reset',
  summary: 'delete all records',
  options: [{ flags: '--yes', about: 'do not ask' }, JSON_OPTION],
  examples: ['tokenwatch reset', 'tokenwatch reset --yes'],
  async run(context) {
    const records = await openRecords(context.settings().TOKENWATCH_DATA_DIR);
    const facts = await records.facts();
    try {
      if (!context.options.yes && !(await confirm(facts.records, facts.path))) {
        context.print('Nothing was deleted.');
        return;
      }
      await records.reset();
      const deleted = facts.records;
      context.print(context.options.json ? JSON.stringify({ deleted }) : `${deleted} records deleted.`);
    } finally {
      await records.close();
    }
  },
};

async function confirm(count: number, path: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new TokenWatchError(
      'invalid_argument',
      'There is no terminal to ask on. Use --yes to delete without asking.',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`Delete all ${count} records in ${path}? [y/N] `);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
