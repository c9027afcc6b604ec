// The command line: reads the environment and the flags, runs one command, and turns errors into one line.

import { type Command as Commander, CommanderError, Option, program } from 'commander';
import { TokenWatchError } from '../core/errors.ts';
import { plainText, printable } from '../core/shown-text.ts';
import { version } from '../version.ts';
import { type Command, UsageError } from './command.ts';
import { commandSettings } from './command-settings.ts';
import { dotEnvReader } from './dot-env.ts';
import { hurrySignal, interruptSignal } from './interrupt.ts';
import { COMMANDS, GROUPS } from './registry.ts';

/** Flags that stand for a setting, on whichever command has them. */
const SETTING_BY_OPTION: Readonly<Record<string, string>> = {
  host: 'TOKENWATCH_HOST',
  port: 'TOKENWATCH_PROXY_PORT',
  dashboardPort: 'TOKENWATCH_DASHBOARD_PORT',
  anthropicUrl: 'TOKENWATCH_ANTHROPIC_URL',
  openaiUrl: 'TOKENWATCH_OPENAI_URL',
  dataDir: 'TOKENWATCH_DATA_DIR',
  prices: 'TOKENWATCH_PRICES',
  requireDatabase: 'TOKENWATCH_REQUIRE_DATABASE',
  logFormat: 'TOKENWATCH_LOG_FORMAT',
};
/** Where COLUMNS says no other. */
const PIPED_COLUMNS = 80;
const PIPED_ROWS = 24;
/** As of a program that Ctrl-C has ended. */
const INTERRUPTED = 130;
const dotEnv = dotEnvReader();

// Whatever a command writes is its user's own.
process.umask(0o077);
// A reader that stops early (`tokenwatch tail | head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`tokenwatch: What is printed cannot be written (${error.message}).\n`);
  process.exit(1);
});

function environment(options: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  const flags: Record<string, string> = {};
  for (const [option, name] of Object.entries(SETTING_BY_OPTION)) {
    const value = options[option];
    if (typeof value === 'string' || value === true) flags[name] = String(value);
  }
  return { ...dotEnv(), ...process.env, ...flags };
}

function add(command: Command): void {
  const words = command.name.split(' ');
  const parent = group(words.slice(0, -1));
  const built: Commander = parent
    .command(words.at(-1) ?? '')
    .description(command.summary)
    // `prices` is a command and a group: what follows `prices set` are the options of `set`.
    .enablePositionalOptions()
    .exitOverride();
  if (command.argument !== undefined) built.argument(command.argument);
  for (const { flags, about, standard, choices, repeatable } of command.options) {
    const option = new Option(flags, about);
    if (standard !== undefined) option.default(standard);
    if (choices !== undefined) option.choices([...choices]);
    if (repeatable) option.argParser((value: string, before: string[] = []) => [...before, value]);
    else takeOnce(built, option);
    built.addOption(option);
  }
  const examples = command.examples.map((example) => `  ${example}`);
  built.addHelpText('after', () => ['\nExamples:', ...examples, ...(command.more?.() ?? [])].join('\n'));
  built.action(async (...given: unknown[]) => {
    const options = built.opts() as Readonly<Record<string, unknown>>;
    await command.run({
      options,
      arguments: built.args,
      settings: () => commandSettings(environment(options)),
      environment: () => environment(options),
      version,
      print: (line) => process.stdout.write(`${plainText(line)}\n`),
      isTerminal: process.stdout.isTTY === true,
      columns: process.stdout.columns || Number(process.env.COLUMNS) || PIPED_COLUMNS,
      rows: process.stdout.rows || PIPED_ROWS,
      signal: interruptSignal,
      hurry: hurrySignal,
    });
    void given;
  });
}

/** Of two values the last would hold and the first be lost: what was to be stopped would go on. */
function takeOnce(command: Commander, option: Option): void {
  const { parseArg } = option;
  option.argParser((value: string, before: unknown) => {
    const isGiven = command.getOptionValueSource(option.attributeName()) === 'cli';
    if (isGiven && before !== value)
      throw new UsageError(
        `${option.long} is given twice, as "${before}" and as "${value}". Give one; for both, call the command twice.`,
      );
    return parseArg === undefined ? value : parseArg(value, before as never);
  });
}

/** `budget`, of which `set` and `status` are commands. */
function group(words: readonly string[]): Commander {
  const name = words.at(-1);
  if (name === undefined) return program;
  const parent = group(words.slice(0, -1));
  const existing = parent.commands.find((command) => command.name() === name);
  return (
    existing ??
    parent
      .command(name)
      .description(GROUPS[words.join(' ')] ?? '')
      .exitOverride()
  );
}

function oneLine(text: string): string {
  return (
    text
      .trim()
      .replace(/^error: /, '')
      // In the words of the commands themselves.
      .replace(/^(unknown command '.*')$/, '$1. With --help in its place you are told which there are.')
      .replace(/^missing required argument '(.*)'$/, 'Which $1? Write it behind the command.')
      .replace(/\s*\n\s*/g, ' ')
  );
}

/** The one command that is called, whose modules are then the only ones to load; all of them for help and mistakes. */
function namesToLoad(words: readonly string[]): readonly string[] {
  const names = Object.keys(COMMANDS);
  if (words[0] === '--version') return [];
  const called = names.filter((name) => name.split(' ').every((word, index) => words[index] === word));
  return called.length > 0 ? called : names;
}

/** A file or a folder that is in the way is no fault of the program: the line says which. */
const isSystems = (error: Error): boolean => typeof (error as NodeJS.ErrnoException).syscall === 'string';

async function main(): Promise<void> {
  program
    .name('tokenwatch')
    .description('An AI token proxy: forwards traffic byte for byte and accounts for every token and cent.')
    .version(version)
    .exitOverride()
    // Suggestions come on a line of their own; an error is one line. Commands added from here on inherit this.
    .configureOutput({ outputError: (text, write) => write(`tokenwatch: ${printable(oneLine(text))}\n`) })
    .addHelpText(
      'after',
      '\nExamples:\n  tokenwatch start\n  tokenwatch demo\n  tokenwatch stats --since 7d',
    );
  for (const name of namesToLoad(process.argv.slice(2)))
    add(await (COMMANDS[name] as () => Promise<Command>)());
  await program.parseAsync();
}

try {
  await main();
} catch (error) {
  if (interruptSignal.aborted && (error as Error).name === 'AbortError') {
    process.exitCode = INTERRUPTED;
  } else if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(
      `tokenwatch: ${printable(oneLine(error instanceof Error ? error.message : String(error)))}\n`,
    );
    if (!(error instanceof TokenWatchError) && error instanceof Error && !isSystems(error))
      process.stderr.write(`${plainText(String(error.stack))}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}
