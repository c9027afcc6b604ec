// `tokenwatch reset`: deletes the records, after asking.

import { createInterface } from 'node:readline/promises';
import { TokenWatchError } from '../../core/errors.ts';
import { visitStore } from '../../storage/registry.ts';
import { type Command, JSON_OPTION } from '../command.ts';

export const reset: Command = {
  name: 'reset',
  summary: 'delete all records',
  options: [{ flags: '--yes', about: 'do not ask' }, JSON_OPTION],
  examples: ['tokenwatch reset', 'tokenwatch reset --yes'],
  async run(context) {
    const { options, print, signal } = context;
    const records = await visitStore(context.settings(), 'refuse');
    try {
      const facts = await records.facts();
      const agreed = options.yes === true || (await confirm(facts.records, facts.path, signal));
      const deleted = agreed ? await records.reset() : 0;
      if (options.json === true) print(JSON.stringify({ deleted }));
      else print(agreed ? `${deleted} records deleted.` : 'Nothing was deleted.');
    } finally {
      await records.close();
    }
  },
};

/** The end of the input and Ctrl-C mean no. */
async function confirm(count: number, path: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new TokenWatchError(
      'invalid_argument',
      'There is no terminal to ask on. Use --yes to delete without asking.',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  signal.addEventListener('abort', () => prompt.close());
  const question = `Delete all ${count} records in ${path}? [y/N] `;
  const answer = await Promise.race([prompt.question(question), ended]);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
