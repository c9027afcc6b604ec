// A question before something is deleted, answered on the terminal.

import { createInterface } from 'node:readline/promises';
import { TokenWatchError } from '../core/errors.ts';

/** Asks on the terminal. The end of the input and Ctrl-C mean no. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new TokenWatchError(
      'invalid_argument',
      'There is no terminal to ask on. Use --yes to delete without asking.',
    );
  }
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const ended = new Promise<string>((resolve) => prompt.once('close', () => resolve('')));
  signal.addEventListener('abort', () => prompt.close());
  const answer = await Promise.race([prompt.question(`${question} [y/N] `), ended]);
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}
