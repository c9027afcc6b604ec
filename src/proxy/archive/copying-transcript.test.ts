import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ArchiveQueue, HandedOver } from '../../archive/archive-queue.ts';
import { HeldRoom } from '../../core/held-room.ts';
import type { Meter } from '../../core/protocol.ts';
import type { RequestEnd, RequestStart } from '../../core/record.ts';
import { NO_USAGE } from '../../core/usage.ts';
import { EMPTY_READING } from '../../protocols/meters/metering.ts';
import { CopyingTranscript } from './copying-transcript.ts';

const MEGABYTE = new Uint8Array(1024 * 1024);

test('copies that have no room together are dropped and counted, their answers pass, and the next ones have room again', () => {
  const room = new HeldRoom(5 * MEGABYTE.length);
  const kept: number[] = [];
  let skipped = 0;
  const queue = {
    itemBytesMax: 10 * MEGABYTE.length,
    keep: ({ answer }: HandedOver) => kept.push(answer?.chunks.length ?? 0),
    skip: () => {
      skipped += 1;
    },
  } as unknown as ArchiveQueue;
  let metered = 0;
  const meter: Meter = {
    push: () => {
      metered += 1;
    },
    end: () => EMPTY_READING,
    generatedText: () => '',
    giveUp: assert.fail,
  };
  const copy = (): (() => void) => {
    const own = { protocol: 'openai', path: '/v1/chat/completions' } as const;
    const transcript = new CopyingTranscript(queue, Buffer.from('{}'), { ...own, headers: null });
    const head = { status: 200, contentType: 'application/json', ...own, room };
    const watched = transcript.watch(head, meter);
    for (let pushed = 0; pushed < 3; pushed += 1) watched.push(MEGABYTE);
    const end = { outcome: 'completed', usage: NO_USAGE } as unknown as RequestEnd;
    return () => transcript.settled({} as RequestStart, end);
  };
  const [first, second] = [copy(), copy()];
  first();
  second();
  assert.deepEqual([kept, skipped, metered, room.bytes], [[3], 1, 6, 0]);
  copy()();
  assert.deepEqual([kept, skipped, room.bytes], [[3, 3], 1, 0]);
});
