// A command as the command line runs it, in this process: for tests of what it does rather than of how it is started.

import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import type { CommandContext } from '../src/cli/command.ts';
import { commandSettings } from '../src/cli/command-settings.ts';
import { COMMANDS } from '../src/cli/registry.ts';
import { TokenWatchError } from '../src/core/errors.ts';
import { plainText } from '../src/core/shown-text.ts';
import { readSettings } from '../src/settings.ts';

export interface Ran {
  readonly stdout: string;
  /** The message that a user would see; empty where it went well. */
  readonly stderr: string;
  /** With which its process would end. */
  readonly status: number;
}

/** `words` as they are typed behind the command's name. */
export async function runCommand(
  name: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Ran> {
  const load = COMMANDS[name];
  assert.ok(load !== undefined, `no command is named ${name}`);
  const { options: known, run } = await load();
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: Object.fromEntries(
      known.map(({ flags, repeatable }) => [
        flagOf(flags),
        { type: flags.includes('<') ? 'string' : 'boolean', multiple: repeatable === true } as const,
      ]),
    ),
  });
  const given = known.flatMap(({ flags, standard }) => {
    const value = values[flagOf(flags)] ?? standard;
    return value === undefined ? [] : [[camelCase(flagOf(flags)), value]];
  });
  const lines: string[] = [];
  // It sets that of its process, which this one is not.
  const { exitCode } = process;
  process.exitCode = undefined;
  const ran = (stderr: string, status: number): Ran => ({ stdout: lines.join('\n'), stderr, status });
  try {
    const asked = { options: Object.fromEntries(given), arguments: positionals };
    await run({
      ...contextOf(environment, lines, asked),
      settings: () => commandSettings(environment),
      print: (line) => lines.push(plainText(line)),
    });
    return ran('', Number(process.exitCode ?? 0));
  } catch (error) {
    if (!(error instanceof TokenWatchError)) throw error;
    return ran(error.message, 1);
  } finally {
    process.exitCode = exitCode;
  }
}

/** What a command gets that is run by itself, whose words go to `lines`. */
export function contextOf(
  environment: Readonly<Record<string, string>>,
  lines: string[],
  asked: Partial<Pick<CommandContext, 'options' | 'arguments'>>,
): CommandContext {
  return {
    options: {},
    arguments: [],
    settings: () => readSettings(environment),
    environment: () => environment,
    version: '',
    print: (line) => lines.push(line),
    isTerminal: false,
    columns: Number(environment.COLUMNS ?? 80),
    rows: 24,
    signal: new AbortController().signal,
    hurry: new AbortController().signal,
    ...asked,
  };
}

/** What the words print, or rejects with what they would say on stderr: as from a process, without the start of one. */
export async function runWords(
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const called = Object.keys(COMMANDS).filter((known) =>
    known.split(' ').every((word, index) => words[index] === word),
  );
  // `prices` is a command, and `prices set` another.
  const name = called.toSorted((one, other) => other.length - one.length)[0] ?? words.join(' ');
  const { stdout, stderr } = await runCommand(name, words.slice(name.split(' ').length), environment);
  if (stderr !== '') throw Object.assign(new Error(`tokenwatch: ${stderr}`), { stderr });
  return `${stdout}\n`;
}

const flagOf = (flags: string): string => /--([a-z-]+)/.exec(flags)?.[1] ?? '';
const camelCase = (flag: string): string =>
  flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
