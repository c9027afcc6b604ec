// `tokenwatch prompts delete`: one stored prompt, some, or all.

import { allItems } from '../../../archive/all-items.ts';
import { systemClock } from '../../../core/clock.ts';
import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { auditedChange } from '../../audited-change.ts';
import { type Command, type CommandContext, JSON_OPTION, UsageError } from '../../command.ts';
import { confirm } from '../../confirm.ts';
import { type OpenArchive, oneItem, PROMPT_OPTIONS, queryOf, withArchive } from '../../prompts.ts';

const AT_ONCE = 200;

export const promptsDelete: Command = {
  name: 'prompts delete',
  summary: 'delete one stored prompt, those of a session, an application or a time, or all',
  argument: '[id]',
  options: [
    ...PROMPT_OPTIONS,
    { flags: '--all', about: 'every stored prompt; needs no key' },
    { flags: '--yes', about: 'do not ask' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch prompts delete e4241a49',
    'tokenwatch prompts delete --session 5f0e --yes',
    'tokenwatch prompts delete --to 30d',
  ],
  async run(context) {
    await withArchive(context, async (opened) => {
      const ids = await meant(context, opened);
      const question = `Delete ${counted(ids.length, 'stored prompt')}?`;
      const agreed =
        ids.length === 0 || context.options.yes === true || (await confirm(question, context.signal));
      if (agreed && ids.length > 0) {
        const change = { action: 'prompts delete', before: { prompts: ids.length }, asked: asked(context) };
        await auditedChange(context.settings().TOKENWATCH_DATA_DIR, change, () =>
          remove(context, opened, ids).then(() => ({ deleted: ids.length })),
        );
      }
      const deleted = agreed ? ids.length : 0;
      context.print(
        context.options.json
          ? JSON.stringify({ deleted })
          : `${deleted === 0 ? 'No prompt' : counted(deleted, 'prompt')} deleted.`,
      );
    });
  },
};

/** Which ones were meant, in the command's own words. */
function asked({ arguments: [id], options }: CommandContext): Record<string, unknown> {
  const { yes: _yes, json: _json, ...which } = options;
  return { ...which, ...(id !== undefined && { id }) };
}

async function meant(context: CommandContext, { archive }: OpenArchive): Promise<readonly string[]> {
  const id = context.arguments[0];
  const query = queryOf(context, systemClock.now());
  const isFiltered = Object.keys(query).length > 0;
  const ways = [id !== undefined, isFiltered, context.options.all === true].filter(Boolean).length;
  if (ways !== 1) throw new UsageError('Say which: an id, or options such as --session, or --all.');
  if (id !== undefined) return [(await oneItem(archive, id)).id];
  const items = await Array.fromAsync(allItems(archive, { ...query, order: 'oldest' }));
  return items.map((item) => item.id);
}

async function remove(context: CommandContext, opened: OpenArchive, ids: readonly string[]): Promise<void> {
  // Nothing is left that would have to be packed anew: a lost key is no obstacle.
  if (context.options.all) {
    if (!(await opened.archive.removeItems(ids, [])))
      throw new TokenWatchError(
        'storage_failed',
        'A prompt was stored meanwhile. Stop the server, or try again.',
      );
    return;
  }
  const archivist = await opened.archivist();
  for (let at = 0; at < ids.length; at += AT_ONCE) await archivist.remove(ids.slice(at, at + AT_ONCE));
}
