// `tokenwatch prompts rule add`: whose prompts are stored.

import { TokenWatchError } from '../../../core/errors.ts';
import type { ArchiveRuleDefinition } from '../../../policy/archive-policy.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, wholeNumberOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const promptsRuleAdd: Command = {
  name: 'prompts rule add',
  summary: 'store the prompts of an application or a tag, or leave them out',
  argument: '[name]',
  options: [
    { flags: '--app <name>', about: 'only requests of this application; * stands for any text' },
    { flags: '--tag <tag>', about: 'only requests with this tag' },
    { flags: '--store <switch>', about: 'whether they are stored', choices: ['on', 'off'] },
    { flags: '--priority <number>', about: 'smaller is tried first', standard: '100' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch prompts rule add no-payroll --app payroll --store off',
    'tokenwatch prompts rule add only-evals --tag kind=eval --store on',
  ],
  async run(context) {
    const name = nameOf(context, 'archive rule');
    const store = optionText(context, 'store');
    if (store === undefined)
      throw new TokenWatchError('invalid_argument', 'Store them or not? Add --store on or --store off.');
    const rule: ArchiveRuleDefinition = {
      app: optionText(context, 'app') ?? null,
      tag: optionText(context, 'tag') ?? null,
      priority: wholeNumberOf(context, 'priority', '--priority'),
      store: store === 'on',
    };
    await ask(context, 'archiveRuleAdd', { name, ...rule });
    if (context.options.json) context.print(JSON.stringify({ added: { name, ...rule } }, null, 2));
    else
      context.print(`Archive rule "${name}" is set: ${archiveRuleInWords(rule)}.
The first rule that matches decides; TOKENWATCH_STORE_PROMPTS does for the rest.`);
  },
};

export function archiveRuleInWords({ app, tag, store }: ArchiveRuleDefinition): string {
  const scope = [app === null ? [] : [`app ${app}`], tag === null ? [] : [`tag ${tag}`]].flat();
  return `${scope.length === 0 ? 'every request' : scope.join(', ')} is ${store ? '' : 'not '}stored`;
}
