// `tokenwatch explain-request`: what would become of a request, and why. Sends nothing, changes nothing.

import { optionText } from '../budgets.ts';
import { type Command, JSON_OPTION, UsageError } from '../command.ts';
import { explained, REQUEST_OPTIONS } from '../explanation.ts';
import { fateLines, planLines, requestLine } from '../explanation-words.ts';

export const explainRequest: Command = {
  name: 'explain-request',
  summary: 'what would become of a request, and why; sends nothing',
  options: [
    { flags: '--body-file <file>', about: "the request's JSON body" },
    ...REQUEST_OPTIONS,
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch explain-request --api anthropic --body-file body.json --app claude-code',
    "tokenwatch explain-request --api openai --body-file body.json --header 'authorization: Bearer …' --json",
  ],
  async run(context) {
    const bodyFile = optionText(context, 'bodyFile');
    if (bodyFile === undefined) throw new UsageError('Which request? Give its body with --body-file FILE.');
    const { explanation, by } = await explained(context, bodyFile);
    if (context.options.json) {
      context.print(JSON.stringify(explanation, null, 2));
      return;
    }
    const lines = [requestLine(explanation), ...planLines(explanation), ...fateLines(explanation)];
    for (const line of lines) context.print(line);
    context.print(`\nExplained by ${by}. Nothing was sent, and nothing changed.`);
  },
};
