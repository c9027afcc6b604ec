// `tokenwatch record --out FILE -- COMMAND`: every call of a program's run to an AI API, with its answer, into a file.

import { randomBytes } from 'node:crypto';
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { systemClock } from '../../core/clock.ts';
import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import { startRecording } from '../../recorder/record-calls.ts';
import { callLine, FORMAT, headLine, VERSION } from '../../recorder/recording.ts';
import { makeOwnFile } from '../../runtime/own-file.ts';
import { egressProxies } from '../../upstream/egress.ts';
import { optionText } from '../budgets.ts';
import type { Command } from '../command.ts';
import { basesOf, runWith, writingWith } from '../recorded-run.ts';
import { assertWritable } from '../user-file.ts';

const KEY_BYTES = 16;

export const record: Command = {
  name: 'record',
  summary: 'run a program and record its calls to AI APIs, for "tokenwatch play"',
  argument: '<command...>',
  options: [
    { flags: '--out <file>', about: 'where the recording is written; one that is there is replaced' },
  ],
  examples: [
    'tokenwatch record --out agent.jsonl -- npm test',
    'tokenwatch record --out run.jsonl -- python agent.py',
  ],
  async run(context) {
    const file = optionText(context, 'out');
    if (file === undefined)
      throw new TokenWatchError('invalid_argument', 'Where to? Add --out FILE before the "--".');
    const key = randomBytes(KEY_BYTES).toString('hex');
    const recordedAt = new Date(systemClock.now()).toISOString();
    const writing = writingWith(key);
    const command = context.arguments.map((word) => writing.text(word));
    // A run that is broken off leaves the recording that was there.
    const part = `${file}.part`;
    assertWritable(file);
    makeOwnFile(part);
    writeFileSync(part, headLine({ format: FORMAT, version: VERSION, recordedAt, command, key }));
    let calls = 0;
    const unwritten: number[] = [];
    const server = await startRecording({
      bases: basesOf(context),
      proxies: egressProxies(context.environment()),
      writing,
      clock: systemClock,
      write: (call) => {
        appendFileSync(part, callLine(call));
        calls += 1;
      },
      onUnwritten: (number) => unwritten.push(number),
    });
    try {
      process.exitCode = await runWith(server.url, context.arguments, {}, context.signal);
    } catch (error) {
      rmSync(part, { force: true });
      throw error;
    } finally {
      await server.close();
    }
    renameSync(part, file);
    process.stderr.write(`tokenwatch: ${counted(calls, 'call')} recorded in ${file}.\n`);
    if (unwritten.length > 0)
      process.stderr.write(
        `tokenwatch: ${counted(unwritten.length, 'call is', 'calls are')} not in it (${unwritten.join(', ')}): they could not be looked through for secrets.\n`,
      );
  },
};
