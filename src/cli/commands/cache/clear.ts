// `tokenwatch cache clear`: forgets stored answers. A running server follows within a second.

import { optionText } from '../../budgets.ts';
import { withCache } from '../../cache.ts';
import { type Command, JSON_OPTION } from '../../command.ts';

export const cacheClear: Command = {
  name: 'cache clear',
  summary: 'forget stored answers',
  options: [{ flags: '--model <name>', about: 'only answers to requests for this model' }, JSON_OPTION],
  examples: ['tokenwatch cache clear', 'tokenwatch cache clear --model gpt-4.1-mini'],
  async run(context) {
    const model = optionText(context, 'model') ?? null;
    const cleared = await withCache(context, (entries) => entries.clearAnswers(model));
    context.print(
      context.options.json
        ? JSON.stringify({ cleared })
        : `${cleared} answers forgotten. A running server follows within a second.`,
    );
  },
};
