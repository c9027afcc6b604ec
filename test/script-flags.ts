// Flags of the programs that are run by hand: `--help` prints how they are asked, and an unknown one is told of in words.

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
