// `tokenwatch route add`: sends matching requests to another model.

import type { ProtocolName } from '../../../core/protocol.ts';
import { DEFAULT_UPSTREAM } from '../../../core/upstream.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION, UsageError } from '../../command.ts';
import { CONDITION_OPTIONS, conditionsOf, nameOf, wholeNumberOf } from '../../rules.ts';
import { ask } from '../../server.ts';
import { translationNotes } from './translation-notes.ts';

export const routeAdd: Command = {
  name: 'route add',
  summary: 'send matching requests to another model',
  argument: '[name]',
  options: [
    ...CONDITION_OPTIONS,
    {
      flags: '--match <how>',
      about: 'whether all conditions must hold or any',
      standard: 'all',
      choices: ['all', 'any'],
    },
    { flags: '--target <model>', about: 'the model to ask instead' },
    { flags: '--upstream <name>', about: 'the upstream to ask, by its name or address, and no other' },
    { flags: '--api <api>', about: 'only requests of this API', choices: ['anthropic', 'openai'] },
    {
      flags: '--target-api <api>',
      about: 'the API that the target speaks; requests of the other are translated',
      choices: ['anthropic', 'openai'],
    },
    { flags: '--priority <number>', about: 'smaller is tried first', standard: '100' },
    JSON_OPTION,
  ],
  examples: [
    "tokenwatch route add small --condition token_count --value '<500' --target claude-haiku-4-5",
    'tokenwatch route add night --condition time --value 22:00-06:00 --condition source_app --value nightly --target gpt-4o-mini',
    "tokenwatch route add cheap --condition model --value 'claude-*' --target gpt-5-mini",
    "tokenwatch route add thrift --condition budget_left --value '<20%' --target claude-haiku-4-5 --priority 10",
  ],
  async run(context) {
    const name = nameOf(context, 'routing rule');
    const target = optionText(context, 'target');
    if (target === undefined) throw new UsageError('Which model? Add --target MODEL.');
    const { added: rule } = await ask(context, 'routeAdd', {
      name,
      conditions: conditionsOf(context),
      match: optionText(context, 'match') === 'any' ? 'any' : 'all',
      target,
      upstream: optionText(context, 'upstream'),
      api: optionText(context, 'api') as ProtocolName | undefined,
      targetApi: optionText(context, 'targetApi') as ProtocolName | undefined,
      priority: wholeNumberOf(context, 'priority', '--priority'),
    });
    if (context.options.json) {
      context.print(JSON.stringify({ added: rule }, null, 2));
      return;
    }
    const { upstreams } = await ask(context, 'upstreams', {});
    const { TOKENWATCH_ANTHROPIC_URL, TOKENWATCH_OPENAI_URL } = context.settings();
    const notes = translationNotes(rule, {
      upstreams: upstreams.filter((upstream) => upstream.name !== DEFAULT_UPSTREAM),
      isOnePlace: TOKENWATCH_ANTHROPIC_URL.origin === TOKENWATCH_OPENAI_URL.origin,
    });
    context.print(`Routing rule "${name}" is set: matching requests go to ${target}${rule.upstream == null ? '' : ` at ${rule.upstream}`}.
${notes.join('\n')}`);
  },
};
