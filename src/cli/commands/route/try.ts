// `tokenwatch route test`: what the rules would make of a request body, and why: the part of an explanation that the
// planner decides. Sends nothing.

import { type Command, JSON_OPTION } from '../../command.ts';
import { explained, REQUEST_OPTIONS } from '../../explanation.ts';
import { planLines } from '../../explanation-words.ts';
import { nameOf } from '../../rules.ts';

export const routeTest: Command = {
  name: 'route test',
  summary: 'what the rules would make of a request body, and why; sends nothing',
  argument: '[file]',
  options: [...REQUEST_OPTIONS, JSON_OPTION],
  examples: [
    'tokenwatch route test body.json',
    'tokenwatch route test body.json --api openai --app nightly --json',
  ],
  async run(context) {
    const { explanation } = await explained(context, nameOf(context, 'file'));
    if (context.options.json) {
      const { tag, routes, experiments, model } = explanation;
      context.print(JSON.stringify({ tag, routes, experiments, model }, null, 2));
      return;
    }
    for (const line of planLines(explanation)) context.print(line);
  },
};
