// What the commands for rules share: reading names and options.

import { TokenWatchError } from '../core/errors.ts';
import type { ConditionSpec } from '../policy/condition.ts';
import { CONDITIONS } from '../policy/conditions/registry.ts';
import { type CommandContext, type CommandOption, UsageError } from './command.ts';

export const CONDITION_OPTIONS: readonly CommandOption[] = [
  { flags: '--condition <type>', about: Object.keys(CONDITIONS).join(', '), repeatable: true },
  { flags: '--value <value>', about: 'what the condition before it wants', repeatable: true },
];

/** The command's argument; throws `invalid_argument` without one. */
export function nameOf(context: CommandContext, what: string): string {
  const name = context.arguments[0];
  if (name !== undefined) return name;
  throw new UsageError(`Which ${what}? Write its name behind the command.`);
}

/** Pairs each `--condition` with the `--value` of the same place. */
export function conditionsOf(context: CommandContext): readonly ConditionSpec[] {
  const types = listOf(context.options.condition);
  const values = listOf(context.options.value);
  if (types.length !== values.length) {
    throw new TokenWatchError(
      'invalid_argument',
      `There are ${types.length} --condition and ${values.length} --value: each condition needs one value.`,
    );
  }
  return types.map((type, index) => ({ type, value: values[index] ?? '' }));
}

export function wholeNumberOf(context: CommandContext, option: string, flag: string): number {
  const text = String(context.options[option]);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new TokenWatchError('invalid_argument', `${flag} "${text}" is not a whole number from 0 on.`);
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
