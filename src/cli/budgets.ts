// What commands share that take a scope: whose requests are meant.

import type { CommandContext, CommandOption } from './command.ts';

export const SCOPE_OPTIONS: readonly CommandOption[] = [
  { flags: '--app <name>', about: 'only requests of this application' },
  { flags: '--model <name>', about: 'only requests for this model; * stands for any text' },
  { flags: '--tag <tag>', about: 'only requests with this tag' },
];

/** The text of an option, or undefined where it was not given. */
export function optionText(context: CommandContext, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === 'string' ? value : undefined;
}

export function scopeOf(context: CommandContext): {
  app: string | undefined;
  model: string | undefined;
  tag: string | undefined;
} {
  const text = (name: string): string | undefined => optionText(context, name);
  return { app: text('app'), model: text('model'), tag: text('tag') };
}
