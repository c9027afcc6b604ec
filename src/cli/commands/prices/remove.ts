// `tokenwatch prices remove`: takes a model's price out of the user's file again.

import { TokenWatchError } from '../../../core/errors.ts';
import { auditedChange } from '../../audited-change.ts';
import type { Command } from '../../command.ts';
import { readRowsOf, rowNameOf, userPriceFile, writeRows } from '../../price-file.ts';

export const pricesRemove: Command = {
  name: 'prices remove',
  summary: "take a model's price out of the user's own file",
  argument: '<model>',
  options: [],
  examples: ['tokenwatch prices remove house-llama-70b'],
  async run(context) {
    const path = userPriceFile(context.settings());
    const model = context.arguments[0]!;
    const rows = readRowsOf(path);
    const name = rowNameOf(rows, model);
    if (name === undefined) {
      throw new TokenWatchError('no_data', `"${path}" has no price for "${model}".`);
    }
    const change = { action: `prices remove ${name}`, before: rows.get(name) ?? null };
    await auditedChange(context.settings().TOKENWATCH_DATA_DIR, change, () => {
      rows.delete(name);
      writeRows(path, rows);
      return null;
    });
    context.print(`${name} has no price of its own any more.
Written to ${path}; a running server with these settings follows within a second.`);
  },
};
