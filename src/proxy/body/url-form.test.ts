import assert from 'node:assert/strict';
import { test } from 'node:test';
import { urlFormFacts } from './url-form.ts';

const TYPE = 'application/x-www-form-urlencoded';
const facts = (body: string, headers: object = {}): unknown =>
  urlFormFacts(Buffer.from(body), { 'content-type': TYPE, ...headers });

test('a model among fields that are all understood is found, however it is escaped', () => {
  const said = { model: 'openai/gpt-4o', stream: false, namesTwoModels: false };
  assert.deepEqual(facts('model=openai%2Fgpt-4o&prompt=a%20b+c'), said);
  assert.deepEqual(facts('&prompt=&m%6Fdel=openai/gpt-4o&stream=True&'), { ...said, stream: true });
  assert.deepEqual(facts('model=openai/gpt-4o', { 'content-type': `${TYPE}; charset=UTF-8` }), said);
});

test('what could say more than is understood says nothing', () => {
  const bodies = [
    ...['', 'prompt=a', 'model=', 'model=a&model=a', 'model=a&prompt=b&prompt=c', 'model=a&n=2'],
    ...['model=a&models=b', 'model[]=a', 'model=a&model[b]=c', 'model=a&Model=b', 'model=a&constructor=b'],
    ...['model=a;model=b', 'model=a%3Bmodel=b', 'model=a%26b', 'model=a%00b', 'model=a b', 'model=größe'],
    ...['{"model":"a"}', '\ufeffmodel=a', `model=a&prompt=${'x'.repeat(300_000)}`],
  ];
  for (const body of bodies) assert.equal(facts(body), null, body.slice(0, 40));
  assert.equal(facts('model=a', { 'content-type': 'application/json' }), null);
  assert.equal(facts('model=a', { 'content-encoding': 'gzip' }), null);
});
