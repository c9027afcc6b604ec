// `tokenwatch tag add`: a rule that tags requests without a tag of their own.

import { TokenWatchError } from '../../../core/errors.ts';
import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf, withRules } from '../../rules.ts';

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
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch tag add claude --app claude-code --tag team=core',
    "tokenwatch tag add sql --regex '(?i)select .* from' --tag feature=sql",
  ],
  async run(context) {
    const name = nameOf(context, 'tag rule');
    const [app, regex, tag] = ['app', 'regex', 'tag'].map((option) => optionText(context, option));
    if (tag === undefined) throw new TokenWatchError('invalid_argument', 'Which tag? Add --tag TAG.');
    if ((app === undefined) === (regex === undefined))
      throw new TokenWatchError('invalid_argument', 'A tag rule needs either --app or --regex.');
    const condition =
      app === undefined ? { type: 'regex', value: regex ?? '' } : { type: 'source_app', value: app };
    await withRules(context, (editor) => editor.addTagRule(name, { condition, tag }));
    context.print(
      context.options.json
        ? JSON.stringify({ added: { name, condition, tag } })
        : `Tag rule "${name}" is set: ${condition.type} ${condition.value} gets the tag ${tag}.`,
    );
  },
};
