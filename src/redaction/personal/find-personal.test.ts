import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findPersonal } from './find-personal.ts';

const found = (text: string): string[] =>
  findPersonal(text).map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

test('e-mail addresses', () => {
  assert.deepEqual(found("'jane.doe+news@mail.example.co.uk', <o'neil@x.io>."), [
    'EMAIL jane.doe+news@mail.example.co.uk',
    "EMAIL o'neil@x.io",
  ]);
  assert.deepEqual(found('müller@bücher.de und a@xn--bcher-kva.de'), [
    'EMAIL müller@bücher.de',
    'EMAIL a@xn--bcher-kva.de',
  ]);
  assert.deepEqual(found('mailto:a@b.de?cc=c@d.org&x=1'), ['EMAIL a@b.de', 'EMAIL c@d.org']);
});

test('what has an @ and is no address', () => {
  for (const text of [
    'icon@2x.png',
    'npm i react@19.2.0',
    'git@github.com:o/r.git',
    '@Component',
    'a @ b',
    'user@localhost',
    '@types/node',
  ])
    assert.deepEqual(found(text), [], text);
});

test('cards need prefix, length and check digit, and stand alone', () => {
  assert.deepEqual(found('4111 1111 1111 1111, 5555-5555-5555-4444; 378282246310005'), [
    'CARD 4111 1111 1111 1111',
    'CARD 5555-5555-5555-4444',
    'CARD 378282246310005',
  ]);
  for (const text of [
    '4111111111111112',
    '1234567812345670',
    'x4111111111111111',
    '4111111111111111.5',
    '0000000000000000',
  ])
    assert.deepEqual(found(text), [], text);
});

test('hardly any random number is a card', () => {
  let state = 42;
  let hits = 0;
  for (let round = 0; round < 3000; round += 1) {
    let digits = '';
    for (let index = 0; index < 16; index += 1) {
      state = (state * 1103515245 + 12345) % 2147483648;
      digits += Math.floor(state / 65536) % 10;
    }
    hits += found(`order ${digits} shipped`).length;
  }
  assert.ok(hits < 3000 * 0.04, `${hits} of 3000`);
});

test('bank accounts by country, length and check digits', () => {
  assert.deepEqual(found('to DE89 3704 0044 0532 0130 00 today'), ['IBAN DE89 3704 0044 0532 0130 00']);
  assert.deepEqual(found('GB29NWBK60161331926819, fr1420041010050500013m02606'), [
    'IBAN GB29NWBK60161331926819',
    'IBAN fr1420041010050500013m02606',
  ]);
  assert.deepEqual(found('DE88370400440532013000 and AB12CDEF34567890'), []);
});

test('addresses of machines, but not this one, examples, versions or code', () => {
  assert.deepEqual(found('from 10.1.2.3:8080 to [2a00:1450:4001:81b::200e]'), [
    'IP 10.1.2.3',
    'IP 2a00:1450:4001:81b::200e',
  ]);
  for (const text of [
    '127.0.0.1',
    '0.0.0.0',
    '::1',
    '192.0.2.7',
    '2001:db8::1',
    'v1.2.3.4',
    '"version": "1.2.3.4"',
    'Chrome/120.0.0.0',
    '300.1.1.1',
    'a::b',
    'std::vec::Vec',
    '12:30:45',
    '1.2.3.4.5',
  ])
    assert.deepEqual(found(text), [], text);
});

test('telephone numbers: international, with a word that says so, and as North America writes them', () => {
  assert.deepEqual(found('+49 30 901820, 0044 20 7946 0958'), [
    'PHONE +49 30 901820',
    'PHONE 0044 20 7946 0958',
  ]);
  assert.deepEqual(found('Tel.: 030 901820-11'), ['PHONE 030 901820-11']);
  assert.deepEqual(found('(415) 555-2671 or 415-555-2671'), ['PHONE (415) 555-2671', 'PHONE 415-555-2671']);
});

test('numbers that are no telephone', () => {
  for (const text of [
    '4155552671',
    '2026-11-25',
    '1764095400',
    '+1 more',
    'a+12345678',
    '12-34-56',
    'ISBN 978-3-16-148410-0',
    'order 123-456-7890',
    '0000 0000 0000',
  ])
    assert.deepEqual(found(text), [], text);
});
