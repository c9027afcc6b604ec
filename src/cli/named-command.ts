// Commands that do one thing to what is named: remove a rule, switch it, pause a test.

import { type Command, type CommandContext, JSON_OPTION } from './command.ts';
import { nameOf } from './rules.ts';
import { ask } from './server.ts';

interface NamedCommand {
  readonly name: string;
  readonly summary: string;
  /** What the name is of, in words. */
  readonly what: string;
  /** A name. */
  readonly example: string;
  readonly does: (context: CommandContext, name: string) => Promise<unknown>;
  /** With --json. */
  readonly json: (name: string) => object;
  readonly said: (name: string) => string;
}

function namedCommand({ name, summary, what, example, does, json, said }: NamedCommand): Command {
  return {
    name,
    summary,
    argument: '[name]',
    options: [JSON_OPTION],
    examples: [`tokenwatch ${name} ${example}`],
    async run(context) {
      const named = nameOf(context, what);
      await does(context, named);
      context.print(context.options.json ? JSON.stringify(json(named)) : said(named));
    },
  };
}

interface RemoveCommand extends Pick<NamedCommand, 'name' | 'what' | 'example'> {
  readonly endpoint: 'tagRemove' | 'routeRemove' | 'cacheRuleRemove' | 'archiveRuleRemove' | 'upstreamRemove';
}

export function removeCommand({ name, what, example, endpoint }: RemoveCommand): Command {
  return namedCommand({
    name,
    summary: `remove ${/^[aeiou]/.test(what) ? 'an' : 'a'} ${what}`,
    what,
    example,
    does: (context, named) => ask(context, endpoint, { name: named }),
    json: (named) => ({ removed: named }),
    said: (named) => `The ${what} "${named}" is removed.`,
  });
}

/** Of a routing rule. */
export function switchCommand(enabled: boolean): Command {
  const word = enabled ? 'enable' : 'disable';
  return namedCommand({
    name: `route ${word}`,
    summary: `${word} a routing rule`,
    what: 'routing rule',
    example: 'night',
    does: (context, name) => ask(context, 'routeChange', { name, enabled }),
    json: (name) => ({ [`${word}d`]: name }),
    said: (name) => `The routing rule "${name}" is ${word}d.`,
  });
}

/** Of an A/B test. */
export function stateCommand(
  word: string,
  state: 'active' | 'paused' | 'completed',
  summary: string,
): Command {
  return namedCommand({
    name: `ab ${word}`,
    summary,
    what: 'A/B test',
    example: 'cheaper',
    does: (context, name) => ask(context, 'experimentChange', { name, state }),
    json: (name) => ({ name, state }),
    said: (name) => `A/B test "${name}" is ${state}.`,
  });
}
