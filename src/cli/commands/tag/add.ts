// `tokenwatch tag add`: a rule that tags requests without a tag of their own.

import { TokenWatchError } from '../../../core/errors.ts';
import type { ConditionSpec } from '../../../policy/condition.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION, UsageError } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

export const tagAdd: Command = {
  name: 'tag add',
  summary: 'tag requests by their application or by a pattern over their prompt',
  argument: '[name]',
  options: [
    {
      flags: '--tag <tag>',
      about: 'the tag; several facets are joined by commas (feature=search,team=growth)',
    },
    { flags: '--app <name>', about: 'requests of this application (* stands for any text)' },
    { flags: '--regex <pattern>', about: 'requests whose prompt contains this pattern' },
    { flags: '--type <type>', about: 'the same by name', choices: ['tag_app', 'tag_regex'] },
    { flags: '--value <value>', about: 'what the type wants' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch tag add claude --app claude-code --tag team=core',
    "tokenwatch tag add sql --regex '(?i)select .* from' --tag feature=sql",
  ],
  async run(context) {
    const name = nameOf(context, 'tag rule');
    const given = optionText(context, 'tag');
    if (given === undefined) throw new UsageError('Which tag? Add --tag TAG.');
    const { added } = await ask(context, 'tagAdd', { name, condition: conditionOf(context), tag: given });
    const { condition, tag } = added;
    context.print(
      context.options.json
        ? JSON.stringify({ added })
        : `Tag rule "${name}" is set: ${condition.type} ${condition.value} gets the tag ${tag}.`,
    );
  },
};

/** One of the three ways to say it. */
function conditionOf(context: CommandContext): ConditionSpec {
  const [app, regex, type, value] = ['app', 'regex', 'type', 'value'].map((option) =>
    optionText(context, option),
  );
  const ways = [
    app === undefined ? null : { type: 'tag_app', value: app },
    regex === undefined ? null : { type: 'tag_regex', value: regex },
    type === undefined || value === undefined ? null : { type, value },
  ].filter((way) => way !== null);
  const isWhole = (type === undefined) === (value === undefined);
  if (ways.length === 1 && ways[0] !== undefined && isWhole) return ways[0];
  throw new TokenWatchError(
    'invalid_argument',
    'A tag rule needs one of --app, --regex, or --type with --value.',
  );
}
