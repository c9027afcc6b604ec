// What commands share that take a scope: whose requests are meant.

import type { ScopeRequest } from '../ledger/book/budget-request.ts';
import { type CommandContext, type CommandOption, UsageError } from './command.ts';

/** What rules and stored prompts go by. */
export const LABEL_OPTIONS: readonly CommandOption[] = [
  { flags: '--app <name>', about: 'only requests of this application' },
  { flags: '--model <name>', about: 'only requests for this model; * stands for any text' },
  { flags: '--tag <tag>', about: 'only requests with this tag' },
];

/** What budgets and kill switches go by. */
export const SCOPE_OPTIONS: readonly CommandOption[] = [
  ...LABEL_OPTIONS,
  { flags: '--user <name>', about: 'only requests of this user' },
  { flags: '--session <id>', about: 'only requests of this session' },
  { flags: '--key <name>', about: 'only requests with this access key' },
];

/** The text of an option, or undefined where it was not given. */
export function optionText(context: CommandContext, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function scopeOf(context: CommandContext): Record<keyof ScopeRequest, string | undefined> {
  const text = (name: string): string | undefined => optionText(context, name);
  return {
    app: text('app'),
    model: text('model'),
    tag: text('tag'),
    user: text('user'),
    session: text('session'),
    key: text('key'),
  };
}

/** The value of an option that a command cannot do without. */
export function required(context: CommandContext, option: string, question: string, example: string): string {
  const value = optionText(context, option);
  if (value !== undefined) return value;
  throw new UsageError(`${question} Add ${example}.`);
}
