import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { TokenWatchError } from '../../core/errors.ts';
import type { Embedder } from '../embedder.ts';
import { SteadyEmbedder } from './steady-embedder.ts';

interface Behaviour {
  id: string;
  opens: boolean;
  embed: (text: string) => Promise<Float32Array>;
}

const UNIT = Float32Array.from([0, 1]);

function steady(timeoutMs = 1000) {
  const behaviour: Behaviour = { id: 'e-1', opens: true, embed: async () => UNIT };
  const warnings: string[] = [];
  const states: string[] = [];
  let opened = 0;
  const embedder = new SteadyEmbedder({
    name: 'words',
    open: async (): Promise<Embedder> => {
      if (!behaviour.opens) throw new TokenWatchError('embedder_failed', 'no model here');
      opened += 1;
      return {
        id: behaviour.id,
        dimensions: 2,
        embed: (text) => behaviour.embed(text),
        close: async () => {},
      };
    },
    timeoutMs,
    warn: (message) => warnings.push(message),
    onChange: (state) => states.push(state),
    probeMs: 1,
  });
  const until = async (state: string): Promise<void> => {
    while (embedder.state !== state) await sleep(1);
  };
  return { embedder, behaviour, warnings, states, until, openings: () => opened };
}

test('until it works nobody waits for it', async () => {
  const { embedder, until } = steady();
  assert.equal(embedder.id, null);
  assert.equal(await embedder.embed('a', 'e-1'), null);
  embedder.start();
  await until('working');
  assert.equal(embedder.id, 'e-1');
  assert.equal(await embedder.embed('a', 'e-1'), UNIT);
  assert.equal(await embedder.embed('a', 'another'), null);
  await embedder.close();
});

test('an embedder that cannot be opened is warned of once, and opened when it can be', async () => {
  const { embedder, behaviour, warnings, until } = steady();
  behaviour.opens = false;
  embedder.start();
  await until('broken');
  await sleep(10);
  behaviour.opens = true;
  await until('working');
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? '', /embedder words does not work \(no model here\)/);
  assert.match(warnings[1] ?? '', /works again/);
  await embedder.close();
});

test('a failure breaks it, a text that it may not read does not', async () => {
  const { embedder, behaviour, warnings, until, states } = steady();
  embedder.start();
  await until('working');
  behaviour.embed = async () => {
    throw new TokenWatchError('unembeddable', 'unknown words');
  };
  assert.equal(await embedder.embed('a', 'e-1'), null);
  assert.equal(embedder.state, 'working');
  for (const embed of [
    async () => Promise.reject(new Error('gone')),
    async () => Float32Array.from([3, 4]),
    async () => Float32Array.from([1]),
    async () => Float32Array.from([Number.NaN, 0]),
  ]) {
    behaviour.embed = embed;
    assert.equal(await embedder.embed('a', 'e-1'), null);
    assert.equal(embedder.state, 'broken');
    behaviour.embed = async () => UNIT;
    await until('working');
  }
  assert.equal(warnings.length, 8);
  assert.deepEqual(new Set(states), new Set(['working', 'broken']));
  await embedder.close();
});

test('many late answers in a row break it, also those that never come', async () => {
  const { embedder, behaviour, warnings, until } = steady(1);
  embedder.start();
  await until('working');
  behaviour.embed = () => new Promise(() => {});
  for (let call = 0; call < 20; call += 1) void embedder.embed('a', 'e-1');
  await until('broken');
  assert.match(warnings[0] ?? '', /10 answers in a row took longer than 1 ms/);
  await embedder.close();
});

test('what opens anew may be another model: its vectors have another id', async () => {
  const { embedder, behaviour, until } = steady();
  embedder.start();
  await until('working');
  behaviour.id = 'e-2';
  behaviour.embed = async () => Promise.reject(new Error('dimensions changed'));
  assert.equal(await embedder.embed('a', 'e-1'), null);
  await sleep(10);
  behaviour.embed = async () => UNIT;
  await until('working');
  assert.equal(embedder.id, 'e-2');
  assert.equal(await embedder.embed('a', 'e-1'), null);
  await embedder.close();
});

/** With a clock that stands still, and what is to be opened only when the test says so. */
function slow(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const opened = Promise.withResolvers<Embedder>();
  const states: string[] = [];
  let [openings, closings] = [0, 0];
  const close = async (): Promise<void> => {
    closings += 1;
  };
  const embedder = new SteadyEmbedder({
    name: 'words',
    open: () => {
      openings += 1;
      return opened.promise;
    },
    timeoutMs: 1000,
    warn: () => undefined,
    onChange: (state) => states.push(state),
    probeMs: 1,
  });
  const passes = async (ms: number): Promise<void> => {
    context.mock.timers.tick(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const open = (): void => opened.resolve({ id: 'e-1', dimensions: 2, embed: async () => UNIT, close });
  return { embedder, states, passes, open, openings: () => openings, closings: () => closings };
}

test('a model that takes minutes to load is loaded once', async (context) => {
  const { embedder, states, passes, open, openings, closings } = slow(context);
  embedder.start();
  for (let minute = 0; minute < 5; minute += 1) {
    await passes(60_000);
    await passes(60_000);
  }
  assert.deepEqual([states, openings()], [['broken'], 1]);
  open();
  await passes(60_000);
  await passes(60_000);
  assert.deepEqual([states, openings()], [['broken', 'working'], 1]);
  await embedder.close();
  assert.equal(closings(), 1);
});

test('closing waits for no model that loads, which is closed when it has', async (context) => {
  const { embedder, passes, open, closings } = slow(context);
  embedder.start();
  await embedder.close();
  open();
  await passes(0);
  assert.equal(closings(), 1);
});
