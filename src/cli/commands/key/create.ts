// `tokenwatch key create`: a key for an application or a person, shown once.

import { optionText } from '../../budgets.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { askKeys, describeKey, SHOWN_ONCE } from '../../keys.ts';
import { nameOf } from '../../rules.ts';

const PARTS = ['app', 'tag', 'user', 'expires', 'rpm', 'tpm', 'concurrency'] as const;

export const keyCreate: Command = {
  name: 'key create',
  summary: 'make an access key',
  argument: '[name]',
  options: [
    { flags: '--app <name>', about: 'the application of all its requests, whatever they say' },
    { flags: '--tag <tag>', about: 'their tag' },
    { flags: '--user <name>', about: 'whose they are' },
    { flags: '--models <patterns>', about: 'only these: claude-*,gpt-4o', repeatable: true },
    { flags: '--expires <when>', about: 'after 90d, or at a date: 2027-01-31' },
    { flags: '--rpm <number>', about: 'requests a minute' },
    { flags: '--tpm <number>', about: 'tokens a minute' },
    { flags: '--concurrency <number>', about: 'requests at once' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch key create ci --app ci --models "claude-haiku-*" --rpm 60',
    'tokenwatch key create ada --user ada --tag team=growth --expires 90d',
  ],
  async run(context) {
    const name = nameOf(context, 'key');
    const { models } = context.options;
    const parts = Object.fromEntries(PARTS.map((part) => [part, optionText(context, part)]));
    const { added, key } = await askKeys(context, 'keyCreate', {
      name,
      ...parts,
      ...(Array.isArray(models) && { models: models.join(',') }),
    });
    if (context.options.json) {
      context.print(JSON.stringify({ added, key }, null, 2));
      return;
    }
    context.print(`${key}

This is the access key "${added.name}" (${describeKey(added)}). ${SHOWN_ONCE}`);
  },
};
