import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { formFacts, type HeldForm, readForm } from './form-reader.ts';

const TYPE = 'multipart/form-data; boundary=b7';
const part = (head: string, value: Buffer | string): Buffer =>
  Buffer.concat([
    Buffer.from(`--b7\r\nContent-Disposition: form-data; ${head}\r\n\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n'),
  ]);
const END = Buffer.from('--b7--\r\n');
/** Its model stands behind more than is given back in one piece, and before some more. */
const FORM = Buffer.concat([
  part('name="file"; filename="a"', randomBytes(700_001)),
  part('name="model"', 'whisper-1'),
  part('name="other"; filename="b"', randomBytes(300_000)),
  END,
]);

/** The form as it is read, and all its bytes as they are passed on. */
async function readHeld(body: Buffer, heldBytesMax: number): Promise<readonly [HeldForm, Buffer]> {
  const read = Promise.withResolvers<readonly [HeldForm, Buffer]>();
  const server = createServer((asked: IncomingMessage, response) => {
    readForm(asked, { bytesMax: 10_000_000, heldBytesMax }, (error, form) => {
      response.end();
      if (error !== null) read.reject(error);
      else if (form.bytes !== null) read.resolve([form, form.bytes]);
      else buffer(asked).then((rest) => read.resolve([form, rest]), read.reject);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { 'content-type': TYPE } });
  sent.on('error', () => {});
  sent.end(body);
  const found = await read.promise;
  server.close();
  server.closeAllConnections();
  return found;
}

test('what was held back of a form passes whole and in order, wherever its model stands', async () => {
  for (const heldBytesMax of [10_000_000, 100_000]) {
    const [form, passed] = await readHeld(FORM, heldBytesMax);
    assert.ok(passed.equals(FORM));
    assert.equal(form.facts.model, heldBytesMax > FORM.length ? 'whisper-1' : null);
  }
  const nameless = Buffer.concat([part('name="file"; filename="a"', randomBytes(400_000)), END]);
  const [form, passed] = await readHeld(nameless, 10_000_000);
  assert.deepEqual([form.facts.model, form.bytes !== null, passed.equals(nameless)], [null, true, true]);
});

test('a form in one piece says the same', async () => {
  assert.deepEqual(await formFacts(TYPE, FORM), { model: 'whisper-1', stream: false, namesTwoModels: false });
  assert.equal((await formFacts(TYPE, Buffer.alloc(0))).model, null);
});

test('pieces that are there at once are looked at in a turn each', async () => {
  const pieces = Array.from({ length: 40 }, () => part('name="x"', 'word'));
  const come = new Readable({
    read() {
      for (const piece of pieces.splice(0)) this.push(piece);
      this.push(null);
    },
  });
  let [now, most] = [0, 0];
  come.on('data', () => {
    if (now === 0) setImmediate(() => (now = 0));
    now += 1;
    most = Math.max(most, now);
  });
  const read = Promise.withResolvers<HeldForm>();
  const asked = Object.assign(come, { headers: { 'content-type': TYPE } }) as unknown as IncomingMessage;
  readForm(asked, { bytesMax: 10_000_000, heldBytesMax: 10_000_000 }, (_error, form) => read.resolve(form));
  const { bytes } = await read.promise;
  assert.deepEqual([bytes?.length, most], [40 * part('name="x"', 'word').length, 1]);
});
