// That each promise has a build that breaks it, and that the builds are of today's source. What a fault run says of them
// is seen by `npm run faults -- --broken`.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { temporaryFolder } from '../at-end.ts';
import { startServerProcess } from '../start-server-process.ts';
import { BROKEN_BUILDS } from './run/broken-builds.ts';
import { PROMISES } from './run/promises.ts';

test('every promise has a broken build', () => {
  const broken = new Set(BROKEN_BUILDS.map(({ breaks }) => breaks));
  assert.deepEqual(
    PROMISES.map(({ name }) => name).filter((name) => !broken.has(name)),
    [],
  );
});

for (const { file, replaced, how } of BROKEN_BUILDS)
  test(`${file} still has what is broken so that ${how}`, () => {
    assert.equal(readFileSync(file, 'utf8').split(replaced).length, 2);
  });

test('what runs is what was broken, also where the server’s modules were joined since', async (context) => {
  const upstream = createServer((_, response) => response.end('{"data":[]}')).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  context.after(() => upstream.close());
  const [altered] = BROKEN_BUILDS;
  const environment = {
    TOKENWATCH_DATA_DIR: temporaryFolder(context, 'broken'),
    TOKENWATCH_OPENAI_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    TOKENWATCH_FAULTS_BREAK: String(altered?.how),
  };
  const hook = new URL('./run/break-build.ts', import.meta.url).pathname;
  const server = await startServerProcess(environment, [process.execPath, '--import', hook]);
  context.after(() => server.stop());
  const answer = await fetch(`${server.proxyUrl}/openai/v1/models`);
  assert.equal(await answer.text(), ' "data":[]}');
});
