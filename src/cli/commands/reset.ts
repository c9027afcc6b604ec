// `tokenwatch reset`: deletes the records, after asking.

import { counted } from '../../core/counted.ts';
import { visitStore } from '../../storage/registry.ts';
import type { Visit } from '../../storage/store.ts';
import { auditedChange } from '../audited-change.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../command.ts';
import { confirm } from '../confirm.ts';

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
      const agreed =
        options.yes === true ||
        (await confirm(
          `Delete ${counted(facts.records, 'record', 'records', facts.records === 1 ? 'the 1' : `all ${facts.records}`)} in ${facts.path}?`,
          signal,
        ));
      const deleted = agreed ? await resetRecords(context, records, facts.records) : 0;
      if (options.json === true) print(JSON.stringify({ deleted }));
      else print(agreed ? `${counted(deleted, 'record')} deleted.` : 'Nothing was deleted.');
    } finally {
      await records.close();
    }
  },
};

async function resetRecords(context: CommandContext, visit: Visit, records: number): Promise<number> {
  let deleted = 0;
  await auditedChange(
    context.settings().TOKENWATCH_DATA_DIR,
    { action: 'reset', before: { records } },
    async () => {
      deleted = await visit.reset();
      return { deleted };
    },
  );
  return deleted;
}
