// What the commands for upstreams share: reading their options.

import { TokenWatchError } from '../core/errors.ts';
import type { UpstreamDefinition } from '../core/upstream.ts';
import { PLAIN_UPSTREAM } from '../policy/upstream-definition.ts';
import { optionText } from './budgets.ts';
import { type CommandContext, type CommandOption, UsageError } from './command.ts';
import { wholeNumberOf } from './rules.ts';

export const UPSTREAM_OPTIONS: readonly CommandOption[] = [
  { flags: '--api <api>', about: 'the API that it speaks', choices: ['anthropic', 'openai'] },
  { flags: '--url <url>', about: 'its base address, such as https://api.example.com/v1' },
  {
    flags: '--priority <number>',
    about: 'smaller is asked first; the address in the settings has 100',
    standard: String(PLAIN_UPSTREAM.priority),
  },
  {
    flags: '--weight <number>',
    about: 'its share among those of the same priority',
    standard: String(PLAIN_UPSTREAM.weight),
  },
  { flags: '--key-env <variable>', about: "the server's environment variable that holds its key" },
  { flags: '--key-file <path>', about: 'the file that holds its key' },
  { flags: '--key-header <name>', about: 'the header for the key (x-api-key or authorization, by the API)' },
  { flags: '--header <name=value>', about: 'a header to send along', repeatable: true },
  { flags: '--model-map <name=name>', about: "a model's name, and its name there", repeatable: true },
  {
    flags: '--for-models <patterns>',
    about: 'only these models: claude-*,gpt-4o; * stands for any text',
    repeatable: true,
  },
  { flags: '--send-client-key', about: "pass the client's own key on to this other origin" },
];

export function definitionOf(context: CommandContext): UpstreamDefinition {
  const text = (option: string): string | null => optionText(context, option) ?? null;
  const api = text('api');
  const url = text('url');
  if (api !== 'anthropic' && api !== 'openai')
    throw new UsageError('Which API does it speak? Add --api anthropic or --api openai.');
  if (url === null) throw invalid('Where is it? Add --url URL.');
  const variable = text('keyEnv');
  const file = text('keyFile');
  const { forModels } = context.options;
  if (variable !== null && file !== null)
    throw invalid('A key comes from --key-env or from --key-file, not from both.');
  return {
    api,
    url,
    priority: wholeNumberOf(context, 'priority', '--priority'),
    weight: wholeNumberOf(context, 'weight', '--weight'),
    key:
      variable !== null
        ? { from: 'environment', name: variable }
        : file !== null
          ? { from: 'file', name: file }
          : null,
    keyHeader: text('keyHeader') ?? (api === 'anthropic' ? 'x-api-key' : 'authorization'),
    headers: pairsOf(context, 'header', '--header'),
    modelMap: pairsOf(context, 'modelMap', '--model-map'),
    models: Array.isArray(forModels) ? forModels.join(',') : null,
    sendsClientKey: context.options.sendClientKey === true,
  };
}

function pairsOf(context: CommandContext, option: string, flag: string): Record<string, string> {
  const given = context.options[option];
  const pairs: Record<string, string> = {};
  for (const text of Array.isArray(given) ? given.map(String) : []) {
    const at = text.indexOf('=');
    if (at < 1) throw invalid(`${flag} "${text}" is not of the form name=value.`);
    pairs[text.slice(0, at).trim()] = text.slice(at + 1).trim();
  }
  return pairs;
}

const invalid = (message: string): TokenWatchError => new TokenWatchError('invalid_argument', message);
