import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryFolder } from '../../test/at-end.ts';
import { claimFolder } from './folder-claim.ts';
import { processOwner } from './spool.ts';

function folder(context: TestContext): { readonly dir: string; readonly claim: string } {
  const dir = temporaryFolder(context, 'claim');
  return { dir, claim: join(dir, 'server.claim') };
}

test('a folder has one server; when that has ended, it is free', (context) => {
  const { dir, claim } = folder(context);
  const giveUp = claimFolder(dir, processOwner());
  assert.throws(() => claimFolder(dir, '1-1'), {
    code: 'folder_in_use',
    message: new RegExp(`process ${process.pid}\\).*TOKENWATCH_DATA_DIR`),
  });
  giveUp();
  assert.equal(existsSync(claim), false);
  claimFolder(dir, processOwner())();
});

test('what a killed server left behind holds nobody up', (context) => {
  const { dir, claim } = folder(context);
  for (const left of ['99999999-1', `${process.pid}-1`, '', 'nonsense']) {
    writeFileSync(claim, left);
    const giveUp = claimFolder(dir, processOwner());
    assert.equal(readFileSync(claim, 'utf8'), processOwner());
    giveUp();
  }
});

test('a claim that became another’s is not taken away from it', (context) => {
  const { dir, claim } = folder(context);
  const giveUp = claimFolder(dir, processOwner());
  writeFileSync(claim, 'another');
  giveUp();
  assert.equal(readFileSync(claim, 'utf8'), 'another');
});
