// `tokenwatch play FILE -- COMMAND`: the same calls, answered from a recording, offline and at no cost.

import { counted } from '../../core/counted.ts';
import { TokenWatchError } from '../../core/errors.ts';
import type { IncomingCall, Miss } from '../../recorder/call-match.ts';
import { missInWords, startPlaying } from '../../recorder/play-calls.ts';
import { openForwarding } from '../../recorder/record-calls.ts';
import { parseRecording } from '../../recorder/recording.ts';
import { egressProxies } from '../../upstream/egress.ts';
import type { Command, CommandContext } from '../command.ts';
import { basesOf, runWith, writingWith } from '../recorded-run.ts';
import { readUserText } from '../user-file.ts';

/** SDKs want a key even where none is looked at. */
const NO_KEY = 'recorded';
/** About what fits into one string. */
const RECORDING_BYTES_MAX = 500 * 1024 ** 2;

export const play: Command = {
  name: 'play',
  summary: 'run a program whose calls to AI APIs are answered from a recording, offline',
  argument: '<file> <command...>',
  options: [
    {
      flags: '--on-miss <what>',
      about: 'what becomes of a call that was not recorded: it fails, or goes where it went then',
      choices: ['fail', 'forward'],
      standard: 'fail',
    },
    {
      flags: '--ignore <field>',
      about: 'a field that may differ: metadata, messages[0].content',
      repeatable: true,
    },
    {
      flags: '--ignore-text <pattern>',
      about: 'a part of texts that may differ, as a pattern',
      repeatable: true,
    },
  ],
  examples: [
    'tokenwatch play agent.jsonl -- npm test',
    "tokenwatch play agent.jsonl --ignore-text '\\d{4}-\\d{2}-\\d{2}' -- npm test",
  ],
  async run(context) {
    const [file = '', ...command] = context.arguments;
    const recording = parseRecording(readUserText(file, RECORDING_BYTES_MAX), file);
    const misses: string[] = [];
    const isForwarding = context.options.onMiss === 'forward';
    const forwarding = isForwarding
      ? openForwarding({ bases: basesOf(context), proxies: egressProxies(context.environment()) })
      : null;
    const playing = await startPlaying({
      recording,
      writing: writingWith(recording.head.key),
      ignored: { fields: listOf(context, 'ignore'), texts: listOf(context, 'ignoreText').map(patternOf) },
      forward: forwarding?.forward ?? null,
      onMiss: (call: IncomingCall, miss: Miss) => misses.push(missInWords(call, miss)),
    });
    try {
      const keys = Object.fromEntries(
        ['OPENAI_API_KEY', 'ANTHROPIC_API_KEY']
          .filter((name) => !process.env[name])
          .map((name) => [name, NO_KEY]),
      );
      const code = await runWith(playing.url, command, keys, context.signal);
      // A program may live with an answer that failed; a recording that no longer fits must not pass unseen.
      process.exitCode = code === 0 && misses.length > 0 && !isForwarding ? 1 : code;
    } finally {
      await playing.close();
      await forwarding?.close();
    }
    for (const miss of misses) process.stderr.write(`tokenwatch: ${miss}\n`);
    const unasked = playing.unasked.length;
    const left =
      unasked === 0 ? '' : `, ${counted(unasked, 'recorded call was', 'recorded calls were')} not asked`;
    const asked = misses.length === 0 ? '' : `, ${misses.length} ${isForwarding ? 'forwarded' : 'failed'}`;
    process.stderr.write(
      `tokenwatch: ${counted(playing.played, 'call')} answered from ${file}${asked}${left}.\n`,
    );
  },
};

function listOf({ options }: CommandContext, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'g');
  } catch (cause) {
    throw new TokenWatchError('invalid_argument', `--ignore-text "${text}" is not a pattern.`, { cause });
  }
}
