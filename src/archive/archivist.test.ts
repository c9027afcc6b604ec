import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SqliteDatabase } from '../storage/sqlite/database.ts';
import { SqlitePromptArchive } from '../storage/sqlite/prompt-archive.ts';
import type { Archivist } from './archivist.ts';
import type { Captured } from './item-content.ts';
import { openArchivist } from './open-archivist.ts';
import { CHAIN_MAX } from './packing.ts';
import type { PromptArchive } from './ports.ts';

interface Opened {
  readonly archive: PromptArchive;
  readonly archivist: Archivist;
  /** Another one on the same store, which remembers nothing. */
  fresh(): Promise<Archivist>;
  close(): void;
}

async function open(
  more: { readonly redacts?: boolean; readonly keys?: readonly Buffer[] } = {},
): Promise<Opened> {
  const database = new SqliteDatabase('', ':memory:');
  const archive = new SqlitePromptArchive(database.connection);
  const settings = { redacts: false, keys: [], itemBytesMax: 1024 * 1024, ...more };
  const fresh = (): Promise<Archivist> => openArchivist(archive, settings);
  return { archive, archivist: await fresh(), fresh, close: () => database.close() };
}

interface Turn {
  readonly role: string;
  readonly content: unknown;
}

function captured(id: string, messages: readonly Turn[], more: Partial<Captured['facts']> = {}): Captured {
  return {
    facts: {
      id,
      startedAtMs: 1000 + Number(id.replace(/\D/g, '')),
      protocol: 'openai',
      endpoint: 'chat/completions',
      path: '/v1/chat/completions',
      app: 'app',
      tag: null,
      session: 's',
      modelRequested: 'm',
      modelUsed: 'm',
      outcome: 'completed',
      status: 200,
      streamed: false,
      latencyMs: 1,
      inputTokens: 1,
      outputTokens: 1,
      costNanoUsd: 1,
      ...more,
    },
    request: Buffer.from(JSON.stringify({ model: 'm', messages })),
    answer: {
      protocol: 'openai',
      path: '/v1/chat/completions',
      form: 'document',
      body: Buffer.from(JSON.stringify({ id, choices: [{ message: { content: `answer ${id}` } }] })),
    },
  };
}

const user = (content: unknown): Turn => ({ role: 'user', content });

test('a session of 40 turns takes what the turns added, and no chain is longer than its bound', async () => {
  const { archive, archivist, fresh, close } = await open();
  const turns: Turn[] = [];
  let raw = 0;
  for (let turn = 0; turn < 40; turn += 1) {
    turns.push(
      user(
        Array.from({ length: 60 }, (_, index) => `turn ${turn} word${(turn * 31 + index * 17) % 997}`).join(
          ' ',
        ),
      ),
    );
    const item = captured(`id${turn}`, turns);
    raw += item.request.length;
    assert.equal(await archivist.keep(item), null);
  }
  const { bytes } = await archive.archiveState();
  assert.ok(bytes < raw / 20, `${bytes} of ${raw}`);
  const reader = await fresh();
  for (let turn = 0; turn < 40; turn += 1) {
    const item = await archive.item(`id${turn}`);
    assert.ok(item !== null && item.chain < CHAIN_MAX);
    assert.deepEqual((await reader.read(item)).request, { model: 'm', messages: turns.slice(0, turn + 1) });
  }
  close();
});

test('whatever is deleted in whatever order, the rest can be read', async () => {
  const kept = fc.array(
    fc.record({ session: fc.constantFrom('a', 'b', null), isNew: fc.boolean(), text: fc.string() }),
    {
      minLength: 1,
      maxLength: 25,
    },
  );
  await fc.assert(
    fc.asyncProperty(
      kept,
      fc.array(fc.nat(30), { maxLength: 10 }),
      fc.boolean(),
      async (steps, removed, sealed) => {
        const opened = await open(sealed ? { keys: [Buffer.alloc(32, 1)] } : {});
        try {
          const conversations = new Map<string | null, Turn[]>();
          const all = new Map<string, unknown>();
          for (const [index, { session, isNew, text }] of steps.entries()) {
            const turns = isNew ? [] : (conversations.get(session) ?? []);
            const next = [...turns, user(text)];
            conversations.set(session, next);
            all.set(`id${index}`, { model: 'm', messages: next });
            await opened.archivist.keep(captured(`id${index}`, next, { session }));
          }
          for (const index of removed) {
            const ids = [`id${index}`, `id${index + 2}`].filter((id) => all.delete(id));
            await opened.archivist.remove(ids);
          }
          const reader = await opened.fresh();
          for (const [id, request] of all) {
            const item = await opened.archive.item(id);
            assert.ok(item !== null);
            assert.deepEqual((await reader.read(item)).request, request);
          }
          assert.equal((await opened.archive.archiveState()).items, all.size);
        } finally {
          opened.close();
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a mark where a prefix may be cached moves on, and the thread goes on', async () => {
  const { archive, archivist, close } = await open();
  const marked = (text: string): Turn => user([{ type: 'text', text, cache_control: { type: 'ephemeral' } }]);
  const plain = (text: string): Turn => user([{ type: 'text', text }]);
  await archivist.keep(captured('id1', [marked('one')]));
  await archivist.keep(captured('id2', [plain('one'), marked('two')]));
  const item = await archive.item('id2');
  assert.deepEqual([item?.parentId, item?.turnsBefore], ['id1', 1]);
  close();
});

test('another conversation of the same session is a thread of its own', async () => {
  const { archive, archivist, close } = await open();
  await archivist.keep(captured('id1', [user('write a parser'), user('go on')]));
  await archivist.keep(captured('id2', [user('a title for this?')]));
  await archivist.keep(captured('id3', [user('write a parser'), user('go on'), user('thanks')]));
  const parents = await Promise.all(['id1', 'id2', 'id3'].map((id) => archive.item(id)));
  assert.deepEqual(
    parents.map((item) => item?.parentId),
    [null, null, 'id1'],
  );
  close();
});

test('stand-ins are numbered through a session, also after a restart', async () => {
  const { archive, archivist, fresh, close } = await open({ redacts: true });
  await archivist.keep(captured('id1', [user('a@corp.example')]));
  await (await fresh()).keep(captured('id2', [user('a@corp.example'), user('b@corp.example')]));
  const item = await archive.item('id2');
  assert.ok(item !== null);
  assert.deepEqual((await archivist.read(item)).request, {
    model: 'm',
    messages: [user('[EMAIL_1]'), user('[EMAIL_2]')],
  });
  assert.equal(item.parentId, 'id1');
  assert.equal((await archive.searchItems(['corp'], 10))?.length, 0);
  close();
});

test('with a key there is no index that could be read without it', async () => {
  const { archive, archivist, close } = await open({ keys: [Buffer.alloc(32, 1)] });
  await archivist.keep(captured('id1', [user('findable')]));
  assert.deepEqual(await archive.searchItems(['findable'], 10), []);
  close();
});

test('what stood on a removed item and cannot be read goes with it, so that retention never stops', async () => {
  const { archive, archivist, close } = await open({ keys: [Buffer.alloc(32, 1)] });
  const text = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ');
  const [first, second, third] = [1, 2, 3].map((turn) =>
    Array.from({ length: turn }, (_, index) => user(`${index} ${text}`)),
  );
  assert.equal(await archivist.keep(captured('id1', first ?? [])), null);
  assert.equal(await archivist.keep(captured('id2', second ?? [])), null);
  assert.equal(await archivist.keep(captured('id3', third ?? [])), null);
  assert.equal((await archive.item('id3'))?.baseId, 'id2');
  // The key is gone, and an item of another one is there already.
  const other = {
    redacts: false,
    keys: [Buffer.alloc(32, 2), Buffer.alloc(32, 1)],
    itemBytesMax: 1024 * 1024,
  };
  await openArchivist(archive, other);
  const later = await openArchivist(archive, { ...other, keys: [Buffer.alloc(32, 2)] });
  assert.equal(await later.keep(captured('id9', [user('hi')], { session: 't' })), null);
  assert.equal(await later.keep(captured('id10', [user('hi')])), null);
  await assert.rejects(later.remove(['id1']), /needs the key/);
  assert.equal(await later.removeAll({ toMs: 1001 + 1 }), 3);
  assert.deepEqual(
    (await archive.items({ order: 'oldest', limit: 9 })).map(({ id }) => id),
    ['id9', 'id10'],
  );
  close();
});

test('a body that is no JSON is not stored: it could not be read, nor redacted', async () => {
  const { archivist, close } = await open();
  assert.equal(
    await archivist.keep({ ...captured('id1', []), request: Buffer.from('{"a":') }),
    'not_readable',
  );
  close();
});

test('a stream that broke off is kept as its events, an answer that is no JSON as text', async () => {
  const { archive, archivist, close } = await open();
  const broken = { ...captured('id1', [user('x')]) };
  const body = Buffer.from('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n');
  await archivist.keep({
    ...broken,
    answer: { protocol: 'openai', path: '/v1/chat/completions', form: 'stream', body },
  });
  const html = Buffer.from('<h1>Bad gateway</h1>');
  const other = captured('id2', [user('x')]);
  await archivist.keep({
    ...other,
    answer: { protocol: 'openai', path: '/v1/chat/completions', form: 'document', body: html },
  });
  const contents = await Promise.all(
    ['id1', 'id2'].map(async (id) => {
      const item = await archive.item(id);
      assert.ok(item !== null);
      return archivist.read(item);
    }),
  );
  assert.deepEqual(
    contents.map(({ form }) => form),
    ['events', 'text'],
  );
  assert.deepEqual(contents[0]?.answer, [{ choices: [{ delta: { content: 'Hel' } }] }]);
  assert.equal(contents[1]?.answer, '<h1>Bad gateway</h1>');
  close();
});
