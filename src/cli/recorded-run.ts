// What `record` and `play` share: a program that runs with both APIs' addresses set to ours.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { threadMs } from '../core/clock.ts';
import { TokenWatchError } from '../core/errors.ts';
import { withoutCredentials } from '../core/without-credentials.ts';
import { Writing } from '../recorder/written.ts';
import { Tagging } from '../redaction/numbering.ts';
import { Redactor } from '../redaction/redactor.ts';
import type { CommandContext } from './command.ts';

/** A call that takes longer to look through is not written. */
const REDACTION_MS = 20_000;

export function writingWith(key: string): Writing {
  const redactor = new Redactor({ spentMs: threadMs, budgetMs: REDACTION_MS });
  return new Writing(redactor, new Tagging(Buffer.from(key, 'hex')));
}

/** Where calls go without us: where the program's environment sends them, or the settings, or to the provider itself. */
export function basesOf(context: CommandContext): { readonly anthropic: URL; readonly openai: URL } {
  const settings = context.settings();
  const environment = context.environment();
  const url = (name: string, otherwise: URL): URL => {
    const text = environment[name];
    if (text === undefined || text === '') return otherwise;
    const given = URL.parse(text);
    if (given !== null && /^https?:$/.test(given.protocol)) return given;
    throw new TokenWatchError(
      'invalid_setting',
      `${name}="${withoutCredentials(text)}" is not an http:// or https:// URL.`,
    );
  };
  const openai = environment.TOKENWATCH_OPENAI_URL
    ? settings.TOKENWATCH_OPENAI_URL
    : new URL('https://api.openai.com/v1');
  return {
    anthropic: url('ANTHROPIC_BASE_URL', settings.TOKENWATCH_ANTHROPIC_URL),
    openai: url('OPENAI_BASE_URL', openai),
  };
}

/** Runs it to its end, on this terminal. Returns its exit code; 128 and the signal's number where one ended it. */
export async function runWith(
  url: string,
  command: readonly string[],
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> {
  const [program = '', ...words] = command;
  const noProxy = [process.env.NO_PROXY, '127.0.0.1'].filter(Boolean).join(',');
  const child = spawn(program, words, {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...extra,
      ANTHROPIC_BASE_URL: `${url}/anthropic`,
      OPENAI_BASE_URL: `${url}/openai/v1`,
      OPENAI_API_BASE: `${url}/openai/v1`,
      NO_PROXY: noProxy,
      no_proxy: noProxy,
    },
  });
  const stop = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new TokenWatchError('invalid_argument', `"${program}" could not be started: ${cause.message}`)),
    );
    child.once('exit', (code, ended) => {
      signal.removeEventListener('abort', stop);
      resolve(code ?? 128 + (ended === null ? 0 : constants.signals[ended]));
    });
  });
}
