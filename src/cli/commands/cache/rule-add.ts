// `tokenwatch cache rule add`: what the cache may do for some requests.

import { TokenWatchError } from '../../../core/errors.ts';
import { parseLifetimeMs } from '../../../core/lifetime.ts';
import { CACHE_SHARES, type CacheRuleDefinition, type CacheShare } from '../../../policy/cache-policy.ts';
import { LABEL_OPTIONS, optionText } from '../../budgets.ts';
import { cacheRuleInWords } from '../../cache.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../../command.ts';
import { nameOf, wholeNumberOf } from '../../rules.ts';
import { ask } from '../../server.ts';

const SWITCH = ['on', 'off'];

export const cacheRuleAdd: Command = {
  name: 'cache rule add',
  summary: 'say what the cache may do for an application, a tag or a model',
  argument: '[name]',
  options: [
    ...LABEL_OPTIONS,
    { flags: '--cache <switch>', about: 'whether anything is cached', choices: SWITCH },
    { flags: '--semantic <switch>', about: 'whether similar prompts may match', choices: SWITCH },
    { flags: '--ttl <time>', about: 'how long answers are kept: seconds, or a number with s, m, h or d' },
    { flags: '--threshold <distance>', about: 'the largest cosine distance of a similar prompt, 0 to 1' },
    { flags: '--share <with>', about: 'who gets the same answers', choices: CACHE_SHARES },
    { flags: '--priority <number>', about: 'smaller is tried first', standard: '100' },
    JSON_OPTION,
  ],
  examples: [
    'tokenwatch cache rule add no-agents --app claude-code --cache off',
    'tokenwatch cache rule add faq --tag feature=faq --ttl 7d --share app',
    "tokenwatch cache rule add strict --model 'claude-opus-*' --semantic off",
  ],
  async run(context) {
    const name = nameOf(context, 'cache rule');
    const rule: CacheRuleDefinition = {
      app: optionText(context, 'app') ?? null,
      tag: optionText(context, 'tag') ?? null,
      model: optionText(context, 'model') ?? null,
      priority: wholeNumberOf(context, 'priority', '--priority'),
      cache: switchOf(context, 'cache'),
      semantic: switchOf(context, 'semantic'),
      ttlMs: ttlOf(context),
      distanceMax: distanceOf(context),
      share: (optionText(context, 'share') as CacheShare | undefined) ?? null,
    };
    await ask(context, 'cacheRuleAdd', { name, ...rule });
    if (context.options.json) {
      context.print(JSON.stringify({ added: { name, ...rule } }, null, 2));
      return;
    }
    context.print(`Cache rule "${name}" is set: ${cacheRuleInWords(rule)}.
The first rule that matches decides.`);
    if (rule.share === 'app')
      context.print(
        'Warning: an application is what a request says it is. Whoever can reach the proxy and says that name gets these answers, with any API key or a wrong one.',
      );
    if (rule.share === 'all')
      context.print(
        'Warning: whoever can reach the proxy gets these answers, with any API key or a wrong one. Share only what every caller may read.',
      );
  },
};

function switchOf(context: CommandContext, option: string): boolean | null {
  const value = optionText(context, option);
  return value === undefined ? null : value === 'on';
}

function ttlOf(context: CommandContext): number | null {
  const text = optionText(context, 'ttl');
  if (text === undefined) return null;
  const ms = parseLifetimeMs(text);
  if (ms !== undefined) return ms;
  throw new TokenWatchError(
    'invalid_argument',
    `--ttl "${text}" is not seconds, or a number with ms, s, m, h or d, up to 30d.`,
  );
}

function distanceOf(context: CommandContext): number | null {
  const text = optionText(context, 'threshold');
  if (text === undefined) return null;
  const distance = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (distance >= 0 && distance <= 1) return distance;
  throw new TokenWatchError(
    'invalid_argument',
    `--threshold "${text}" is not a cosine distance from 0 to 1, such as 0.05.`,
  );
}
