// What every store must do with the archive's items.

import assert from 'node:assert/strict';
import type { ItemFacts, PromptArchive, StoredItem } from '../../archive/ports.ts';
import type { Check } from './model.ts';

export function itemOf(number: number, more: Partial<StoredItem> = {}): StoredItem {
  return {
    id: `0190000${number}`,
    startedAtMs: 1000 + number,
    protocol: 'openai',
    endpoint: 'chat/completions',
    path: '/v1/chat/completions',
    answerProtocol: 'openai',
    app: 'app',
    tag: null,
    session: 'session',
    modelRequested: 'gpt-4o-mini',
    modelUsed: 'gpt-4o-mini-2024-07-18',
    outcome: 'completed',
    status: 200,
    streamed: false,
    latencyMs: 12.5,
    inputTokens: 3,
    outputTokens: 4,
    costNanoUsd: 5,
    redacted: true,
    parentId: null,
    turnsBefore: 0,
    turns: number,
    turnsDigest: `digest-${number}`,
    baseId: null,
    chain: 0,
    keyId: null,
    rawBytes: 100,
    content: Uint8Array.of(number, 0, 255),
    ...more,
  };
}

const ids = (items: readonly ItemFacts[]): string[] => items.map(({ id }) => id);

export function testPromptArchive(checkStore: Check): void {
  const check = (title: string, body: (archive: PromptArchive) => Promise<void>): void =>
    checkStore(title, ({ prompts }) => body(prompts));
  testItems(check);
  testQuestions(check);
  testState(check);
}

type CheckArchive = (title: string, body: (archive: PromptArchive) => Promise<void>) => void;

function testItems(check: CheckArchive): void {
  check('an item comes back as it was put, and the first of an id stays', async (archive) => {
    const item = itemOf(1, { session: null, tag: 'a=b,c', costNanoUsd: null, keyId: 'k' });
    assert.equal(await archive.putItem(item, 'some words'), true);
    assert.equal(await archive.putItem({ ...item, app: 'other' }, null), true);
    const stored = await archive.item(item.id);
    assert.deepEqual({ ...stored, content: Uint8Array.from(stored?.content ?? []) }, item);
    assert.equal(await archive.item('none'), null);
  });

  check('an item on a base that is gone is not put', async (archive) => {
    assert.equal(await archive.putItem(itemOf(2, { baseId: itemOf(1).id, chain: 1 }), null), false);
    assert.equal(await archive.item(itemOf(2).id), null);
  });

  check('a base goes only together with, or before, what stands on it', async (archive) => {
    const [base, next, last] = [itemOf(1), itemOf(2, { baseId: itemOf(1).id, chain: 1 }), itemOf(3)];
    for (const item of [base, next, last]) await archive.putItem(item, 'words');
    assert.deepEqual(ids(await archive.dependents([base.id, last.id])), [next.id]);
    assert.deepEqual(ids(await archive.dependents([base.id, next.id])), []);
    assert.equal(await archive.removeItems([base.id], []), false);
    assert.ok((await archive.item(base.id)) !== null);
    const repacked = {
      id: next.id,
      baseId: null,
      chain: 0,
      keyId: null,
      rawBytes: 7,
      content: Uint8Array.of(9),
    };
    assert.equal(await archive.removeItems([base.id], [repacked]), true);
    assert.equal(await archive.item(base.id), null);
    const kept = await archive.item(next.id);
    assert.deepEqual([kept?.baseId, kept?.chain, kept?.rawBytes, kept?.content[0]], [null, 0, 7, 9]);
    assert.equal(await archive.removeItems([next.id, last.id, 'none'], []), true);
    assert.equal((await archive.archiveState()).items, 0);
  });
}

function testQuestions(check: CheckArchive): void {
  check('items are listed by what was asked, in order, and page by page', async (archive) => {
    await archive.putItem(itemOf(1, { app: 'a', tag: 'team=x,kind=y', session: 's' }), null);
    await archive.putItem(itemOf(2, { app: 'b', tag: 'team=xy', modelUsed: null }), null);
    await archive.putItem(itemOf(3, { app: 'a', tag: null, endpoint: 'messages', startedAtMs: 1002 }), null);
    const ask = async (query: object): Promise<string[]> =>
      (await archive.items({ order: 'oldest', limit: 10, ...query })).map(({ id }) => id.slice(-1));
    assert.deepEqual(await ask({}), ['1', '2', '3']);
    assert.deepEqual(await ask({ order: 'newest' }), ['3', '2', '1']);
    assert.deepEqual(await ask({ app: 'a' }), ['1', '3']);
    assert.deepEqual(await ask({ tag: 'team=x' }), ['1']);
    assert.deepEqual(await ask({ tag: 'kind=y, team=x' }), ['1']);
    assert.deepEqual(await ask({ session: 's' }), ['1']);
    assert.deepEqual(await ask({ model: 'gpt-4o-mini' }), ['2']);
    assert.deepEqual(await ask({ model: 'gpt-4o-mini*' }), ['1', '2', '3']);
    for (const model of ['gpt-?o-mini', 'gpt-[4]o-mini', '%']) assert.deepEqual(await ask({ model }), []);
    assert.deepEqual(await ask({ endpoint: 'messages' }), ['3']);
    assert.deepEqual(await ask({ fromMs: 1002 }), ['2', '3']);
    assert.deepEqual(await ask({ toMs: 1002 }), ['1']);
    assert.deepEqual(await ask({ limit: 1, afterId: itemOf(1).id }), ['2']);
    assert.deepEqual(await ask({ order: 'newest', afterId: itemOf(3).id, limit: 1 }), ['2']);
    assert.deepEqual(ids(await archive.itemsById('0190000')), [itemOf(1).id, itemOf(2).id]);
    assert.deepEqual(ids(await archive.itemsById('0003')), [itemOf(3).id]);
    for (const part of ['%', '', '900']) assert.deepEqual(await archive.itemsById(part), []);
  });

  check('the item with the most of a prompt turns is found, in its own session', async (archive) => {
    for (const item of [itemOf(1), itemOf(2), itemOf(3, { session: null }), itemOf(4, { app: 'other' })])
      await archive.putItem(item, null);
    const digests = [1, 2, 3, 4].map((number) => `digest-${number}`);
    assert.equal((await archive.itemWithTurns('app', 'session', digests))?.id, itemOf(2).id);
    assert.equal((await archive.itemWithTurns('app', null, digests))?.id, itemOf(3).id);
    assert.equal(await archive.itemWithTurns('app', 'another', digests), null);
    assert.equal((await archive.newestOfSession('app', 'session'))?.id, itemOf(2).id);
    assert.equal(await archive.newestOfSession('app', 'another'), null);
  });

  check('words are found in whatever case and order; nothing in them is an operator', async (archive) => {
    await archive.putItem(itemOf(1), 'The Quick brown fox');
    await archive.putItem(itemOf(2), 'a slow "brown" bear OR not');
    await archive.putItem(itemOf(3), null);
    const found = async (...words: string[]): Promise<string[] | null> => {
      const items = await archive.searchItems(words, 10);
      return items === null ? null : items.map(({ id }) => id.slice(-1));
    };
    // A store without an index says so.
    if ((await found('brown')) === null) return;
    assert.deepEqual(await found('brown'), ['2', '1']);
    assert.deepEqual(await found('FOX', 'quick'), ['1']);
    assert.deepEqual(await found('quick brown'), ['1']);
    assert.deepEqual(await found('brown quick'), []);
    for (const word of ['"', 'NEAR(', 'fox"', 'a AND b', '*', 'words:', '-'])
      await assert.doesNotReject(found(word));
    assert.deepEqual(await found(), []);
    await archive.removeItems([itemOf(1).id], []);
    assert.deepEqual(await found('brown'), ['2']);
  });
}

function testState(check: CheckArchive): void {
  check(
    'its secret stays, what was skipped adds up, and an empty archive is bound to no key',
    async (archive) => {
      const { secret, ...empty } = await archive.archiveState();
      assert.equal(secret.length, 32);
      assert.deepEqual(empty, { canaries: {}, skipped: {}, items: 0, bytes: 0, rawBytes: 0, oldestMs: null });
      await archive.addSkipped({ too_large: 2, failed: 1 });
      await archive.addSkipped({ too_large: 3 });
      await archive.putCanary('k', Uint8Array.of(1));
      await archive.putCanary('k', Uint8Array.of(2));
      await archive.putItem(itemOf(1), null);
      const state = await archive.archiveState();
      assert.deepEqual(Buffer.from(state.secret), Buffer.from(secret));
      assert.deepEqual(state.skipped, { too_large: 5, failed: 1 });
      assert.deepEqual(state.canaries.k?.[0], 1);
      assert.deepEqual([state.items, state.bytes, state.rawBytes, state.oldestMs], [1, 3, 100, 1001]);
      await archive.removeItems([itemOf(1).id], []);
      assert.deepEqual((await archive.archiveState()).canaries, {});
    },
  );

  check('numberings of sessions without items go', async (archive) => {
    await archive.putItem(itemOf(1), null);
    await archive.putNumbering('app', 'session', '{"EMAIL":["x"]}', 10);
    await archive.putNumbering('app', 'gone', '{"EMAIL":["y"]}', 10);
    await archive.putNumbering('app', 'gone', '{"EMAIL":["z"]}', 11);
    await archive.putNumbering('app', 'young', '{}', 100);
    assert.equal(await archive.numbering('app', 'gone'), '{"EMAIL":["z"]}');
    assert.equal(await archive.numbering('other', 'gone'), null);
    assert.equal(await archive.sweepNumberings(50), 1);
    assert.equal(await archive.numbering('app', 'gone'), null);
    assert.equal(await archive.numbering('app', 'session'), '{"EMAIL":["x"]}');
    assert.equal(await archive.numbering('app', 'young'), '{}');
  });
}
