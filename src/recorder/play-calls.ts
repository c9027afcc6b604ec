// Plays: answers calls from a recording, offline. A call that was not recorded is a miss, told with what differs from
// the nearest one that was.

import { counted } from '../core/counted.ts';
import { TokenWatchError } from '../core/errors.ts';
import { CallMatch, type Ignored, type IncomingCall, type Miss } from './call-match.ts';
import { differenceInWords } from './json-difference.ts';
import { answerError, type MountedCall, type MountServer, startMountServer } from './mount-server.ts';
import { bytesOf, type RecordedCall, type Recording } from './recording.ts';
import type { Writing } from './written.ts';

export interface PlayCallsOptions {
  readonly recording: Recording;
  readonly writing: Writing;
  readonly ignored: Ignored;
  /** Answers a miss instead; null fails it. */
  readonly forward: ((call: MountedCall) => Promise<void>) | null;
  readonly onMiss: (call: IncomingCall, miss: Miss) => void;
}

export interface Playing extends MountServer {
  readonly played: number;
  readonly unasked: readonly RecordedCall[];
}

const DIFFERENCES_SHOWN = 8;

export async function startPlaying(options: PlayCallsOptions): Promise<Playing> {
  const { recording, writing, ignored, forward, onMiss } = options;
  const match = new CallMatch(recording.calls, ignored);
  let played = 0;
  const server = await startMountServer(async (call) => {
    const incoming = {
      api: call.api,
      method: call.method,
      path: writing.text(call.path),
      request: writing.body(call.body),
    };
    const found = match.take(incoming);
    if ('status' in found) {
      played += 1;
      await play(call, found);
      return;
    }
    onMiss(incoming, found);
    if (forward !== null) await forward(call);
    else
      answerError(
        call.response,
        call.api,
        new TokenWatchError('recording_miss', missInWords(incoming, found)),
      );
  });
  return {
    url: server.url,
    close: () => server.close(),
    get played() {
      return played;
    },
    get unasked() {
      return match.unasked;
    },
  };
}

async function play(
  { response }: MountedCall,
  { status, headers, answer, isWhole }: RecordedCall,
): Promise<void> {
  response.writeHead(status, headers);
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    if (isWhole) response.end(bytesOf(answer));
    else response.write(bytesOf(answer), () => response.destroy());
  });
}

/** What was asked, and what of it is not as it was recorded. */
export function missInWords(
  { method, path }: IncomingCall,
  { nearest, differences, recordedTimes }: Miss,
): string {
  if (recordedTimes > 0)
    return `${method} ${path} was asked once more than it was recorded (${counted(recordedTimes, 'time')}).`;
  if (nearest === null) return `${method} ${path} was never recorded.`;
  const shown = differences
    .slice(0, DIFFERENCES_SHOWN)
    .map((difference) => `  ${differenceInWords(difference)}`);
  const left = differences.length - shown.length;
  const more = left > 0 ? [`  and ${left} more`] : [];
  return [
    `${method} ${path} is not as it was recorded. The nearest is call ${nearest.number}:`,
    ...shown,
    ...more,
  ].join('\n');
}
