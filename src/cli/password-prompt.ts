// Asks for a password: without echo on a terminal, else the first line of the input.

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { assertPassword } from '../access/login/users.ts';
import { TokenWatchError } from '../core/errors.ts';

/** A new password, asked for twice on a terminal. Throws `invalid_argument` for one that is too short or too long. */
export async function newPassword(name: string, signal: AbortSignal): Promise<string> {
  const password = await readHidden(`Password for ${name}: `, signal);
  assertPassword(password);
  if (process.stdin.isTTY && (await readHidden('Again: ', signal)) !== password)
    throw new TokenWatchError('invalid_argument', 'The two passwords differ. Nothing was changed.');
  return password;
}

async function readHidden(question: string, signal: AbortSignal): Promise<string> {
  const isTerminal = process.stdin.isTTY === true;
  if (isTerminal) process.stderr.write(question);
  // What is typed is not shown.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: isTerminal });
  signal.addEventListener('abort', () => lines.close());
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    if (isTerminal) process.stderr.write('\n');
  }
}
