// `tokenwatch cache clear`: forgets stored answers. A running server follows within a second.

import { counted } from '../../../core/counted.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { ask } from '../../server.ts';

export const cacheClear: Command = {
  name: 'cache clear',
  summary: 'forget stored answers',
  options: [{ flags: '--model <name>', about: 'only answers to requests for this model' }, JSON_OPTION],
  examples: ['tokenwatch cache clear', 'tokenwatch cache clear --model gpt-4.1-mini'],
  async run(context) {
    const model = optionText(context, 'model') ?? null;
    const { cleared } = await ask(context, 'cacheClear', {
      id: model === null ? 'all' : `model:${model}`,
    });
    context.print(
      context.options.json
        ? JSON.stringify({ cleared })
        : `${counted(cleared, 'answer')} forgotten. A running server follows within a second.`,
    );
  },
};
