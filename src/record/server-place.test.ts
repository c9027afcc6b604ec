import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { placeOf, tellPlace, wholePlaceOf } from './server-place.ts';
import { processOwner } from './spool.ts';

const place = { dashboardUrl: 'http://127.0.0.1:1234', certificates: ['AB:CD'] };

test('a place is told while its server lives, and by nobody else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tokenwatch-place-'));
  try {
    assert.equal(placeOf(folder), null);
    const takeAway = tellPlace(folder, processOwner(), place, assert.fail);
    assert.equal(placeOf(folder), place.dashboardUrl);
    assert.deepEqual(wholePlaceOf(folder), place);
    assert.equal(statSync(join(folder, 'server.place')).mode & 0o777, 0o600);
    takeAway();
    assert.equal(placeOf(folder), null);
    tellPlace(folder, '999999999-1', place, assert.fail);
    assert.equal(placeOf(folder), null, 'its owner is gone');
    writeFileSync(join(folder, 'server.place'), '{"owner":');
    assert.equal(placeOf(folder), null);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a folder that takes no file is told of', () => {
  const warnings: string[] = [];
  tellPlace('/nowhere/at/all', processOwner(), place, (message) => warnings.push(message))();
  assert.match(warnings.join(), /server\.place cannot be written .*settings say/);
});
