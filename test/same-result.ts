// Compares what a client got directly with what it got through the proxy: all but ids and times.

import assert from 'node:assert/strict';

const VOLATILE_KEYS = new Set([
  'id',
  'created',
  'created_at',
  'call_id',
  'item_id',
  'signature',
  'timestamp',
  'request_id',
  'requestID',
  'toolCallId',
  'tool_call_id',
  'tool_use_id',
]);

export function assertSameResult(proxied: unknown, direct: unknown): void {
  assert.notEqual(direct, undefined);
  assert.deepEqual(steady(proxied), steady(direct));
}

/** A plain copy with `<volatile>` in the place of what differs between any two answers. */
export function steady(value: unknown): unknown {
  const text = JSON.stringify(value, (key, inner: unknown) =>
    VOLATILE_KEYS.has(key) && (typeof inner === 'string' || typeof inner === 'number') ? '<volatile>' : inner,
  );
  return JSON.parse(text);
}

/** What a client's program can see of an error. */
export interface SeenError {
  readonly name: string;
  readonly status: unknown;
  readonly body: unknown;
}

/** Runs what must fail and describes how it failed. */
export async function seenError(action: () => Promise<unknown>): Promise<SeenError> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof Error);
    const { status, error: body } = error as Error & { status?: unknown; error?: unknown };
    return { name: error.constructor.name, status: status ?? null, body: steady(body ?? null) };
  }
  throw new assert.AssertionError({ message: 'the call was to fail and succeeded' });
}
