// `tokenwatch prompts export`: stored prompts as JSON, one a line.

import { once } from 'node:events';
import { createWriteStream, writeFileSync } from 'node:fs';
import { allItems } from '../../../archive/all-items.ts';
import { systemClock } from '../../../core/clock.ts';
import { counted } from '../../../core/counted.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { isSuccess } from '../../../core/outcome.ts';
import { makeSuite } from '../../../replay/suite/make-suite.ts';
import { optionText } from '../../budgets.ts';
import type { Command, CommandContext } from '../../command.ts';
import { contentOf, type OpenArchive, PROMPT_OPTIONS, queryOf, withArchive } from '../../prompts.ts';
import { assertWritable } from '../../user-file.ts';

export const promptsExport: Command = {
  name: 'prompts export',
  summary: 'stored prompts with their answers as JSON, one a line, the oldest first',
  options: [
    ...PROMPT_OPTIONS,
    { flags: '--out <file>', about: 'into this file instead of the output' },
    { flags: '--suite', about: 'as a suite of tests for "tokenwatch replay --suite"' },
  ],
  examples: [
    'tokenwatch prompts export --app search --out prompts.jsonl',
    'tokenwatch prompts export --from 1d | jq .request',
    'tokenwatch prompts export --session 5f0e --suite --out tests.yaml',
  ],
  async run(context) {
    const file = optionText(context, 'out');
    if (file !== undefined) assertWritable(file);
    await withArchive(context, async (opened) => {
      if (context.options.suite) {
        await exportSuite(context, opened, file);
        return;
      }
      const count =
        file === undefined ? await printAll(context, opened) : await writeAll(context, opened, file);
      if (file !== undefined) context.print(`${counted(count, 'prompt')} written to ${file}.`);
      else if (count === 0) process.stderr.write('tokenwatch: no stored prompt is of that kind.\n');
    });
  },
};

/** Prompts with a good answer alone: what would a test of another hold it against? */
async function exportSuite(
  context: CommandContext,
  opened: OpenArchive,
  file: string | undefined,
): Promise<void> {
  const query = { ...queryOf(context, systemClock.now()), order: 'oldest' as const };
  const prompts = [];
  for await (const facts of allItems(opened.archive, query))
    if (isSuccess(facts.outcome)) prompts.push({ facts, content: await contentOf(opened, facts.id) });
  if (prompts.length === 0)
    throw new TokenWatchError('no_data', 'No stored prompt with a good answer is of that kind.');
  const suite = makeSuite(prompts);
  if (file === undefined) context.print(suite.trimEnd());
  else {
    writeFileSync(file, suite, { mode: 0o600 });
    context.print(
      `${counted(prompts.length, 'test')} written to ${file}. Look at what is asserted before you rely on it.`,
    );
  }
}

async function* lines(context: CommandContext, opened: OpenArchive): AsyncGenerator<string> {
  const query = { ...queryOf(context, systemClock.now()), order: 'oldest' as const };
  for await (const facts of allItems(opened.archive, query))
    yield JSON.stringify({ ...facts, ...(await contentOf(opened, facts.id)) });
}

async function printAll(context: CommandContext, opened: OpenArchive): Promise<number> {
  let count = 0;
  for await (const line of lines(context, opened)) {
    context.print(line);
    count += 1;
  }
  return count;
}

async function writeAll(context: CommandContext, opened: OpenArchive, file: string): Promise<number> {
  const output = createWriteStream(file, { mode: 0o600 });
  await once(output, 'open');
  let count = 0;
  for await (const line of lines(context, opened)) {
    if (!output.write(`${line}\n`)) await once(output, 'drain');
    count += 1;
  }
  output.end();
  await once(output, 'finish');
  return count;
}
