// Flags of the programs that are run by hand: `--help` prints how they are asked, and what they cannot be is told in words.

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** `usage` is what `--help` prints. Ends the process for it (0), and for flags that are not known (2). */
export function scriptFlags<Options extends ParseArgsOptionsConfig>(usage: string, options: Options) {
  if (process.argv.includes('--help')) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${usage}\n`);
    process.exit(2);
  }
}

/** A whole number within bounds. Ends the process for anything else (2). */
export function wholeFlag(name: string, text: string, least: number, most: number): number {
  const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  return giveUp(`--${name} "${text}" is not a whole number from ${least} to ${most}.`);
}

/** Ends the process for what is no length of time (2). */
export function minutesFlag(text: string): number {
  if (/^\d{1,6}(?:\.\d+)?$/.test(text) && Number(text) > 0) return Number(text);
  return giveUp(`--minutes "${text}" is not a number above 0, such as 5 or 0.5.`);
}

export function giveUp(why: string): never {
  process.stderr.write(`${why}\n`);
  process.exit(2);
}
