// A command is data: its name, its options, and what it does.

import { TokenWatchError } from '../core/errors.ts';
import type { Settings } from '../settings.ts';

export interface CommandOption {
  /** As commander reads it: `-t, --timeframe <range>`. */
  readonly flags: string;
  readonly about: string;
  readonly standard?: string;
  readonly choices?: readonly string[];
  /** May be given several times; its value is then a list. */
  readonly repeatable?: boolean;
}

export interface CommandContext {
  readonly options: Readonly<Record<string, unknown>>;
  readonly arguments: readonly string[];
  /** Environment, `.env` file and the flags of this call; throws `invalid_setting`. */
  settings(): Settings;
  /** Environment, `.env` file and flags as they are, for what is no setting: upstreams' keys. */
  environment(): Readonly<Record<string, string | undefined>>;
  readonly version: string;
  print(line: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly rows: number;
  /** Aborted by Ctrl-C or a termination signal. */
  readonly signal: AbortSignal;
  /** Aborted by the second one: its sender does not want to wait. */
  readonly hurry: AbortSignal;
}

export interface Command {
  /** One word, or several where it belongs to a group (`budget set`, `cache rule add`). */
  readonly name: string;
  readonly summary: string;
  /** `[model]`, as commander reads it. */
  readonly argument?: string;
  readonly options: readonly CommandOption[];
  readonly examples: readonly string[];
  /** What its help says behind the examples. */
  readonly more?: () => readonly string[];
  run(context: CommandContext): Promise<void>;
}

/** A command that was called with too little to do anything: it ends with 2, as an unknown option does. */
export class UsageError extends TokenWatchError {
  constructor(message: string) {
    super('invalid_argument', message);
  }
}

export const JSON_OPTION: CommandOption = { flags: '--json', about: 'print JSON, and nothing else' };

export const SINCE_OPTIONS: readonly CommandOption[] = [
  { flags: '--since <range>', about: 'how far back', choices: ['1h', '24h', '7d', '30d', 'all'] },
  {
    flags: '-t, --timeframe <range>',
    about: 'the same as --since',
    choices: ['1h', '24h', '7d', '30d', 'all'],
  },
];
