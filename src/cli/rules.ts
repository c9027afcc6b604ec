// What the commands for rules share: opening the rules of a data folder, and reading names and options.

import { systemClock } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { OwnPlace } from '../core/own-place.ts';
import type { ConditionSpec } from '../policy/condition.ts';
import { CONDITIONS } from '../policy/conditions/registry.ts';
import { RuleEditor } from '../policy/rule-editor.ts';
import { visitStore } from '../storage/registry.ts';
import { ownPlace } from '../upstream/own-place.ts';
import type { CommandContext, CommandOption } from './command.ts';

export const CONDITION_OPTIONS: readonly CommandOption[] = [
  { flags: '--condition <type>', about: Object.keys(CONDITIONS).join(', '), repeatable: true },
  { flags: '--value <value>', about: 'what the condition before it wants', repeatable: true },
];

/** Runs `work` on the rules of the data folder, with a server running or not. */
export async function withRules<T>(
  context: CommandContext,
  work: (editor: RuleEditor) => Promise<T>,
): Promise<T> {
  const settings = context.settings();
  const { rules: book, close } = await visitStore(settings, 'create');
  const ports = [settings.TOKENWATCH_PROXY_PORT, settings.TOKENWATCH_DASHBOARD_PORT];
  const here = (): OwnPlace => ownPlace(settings.TOKENWATCH_HOST, ports);
  try {
    return await work(new RuleEditor({ book, clock: systemClock, ownPlace: here }));
  } finally {
    await close();
  }
}

/** The command's argument; throws `invalid_argument` without one. */
export function nameOf(context: CommandContext, what: string): string {
  const name = context.arguments[0];
  if (name !== undefined) return name;
  throw new TokenWatchError('invalid_argument', `Which ${what}? Write its name behind the command.`);
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
