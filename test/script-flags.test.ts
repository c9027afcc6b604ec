import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';

// A run of nothing would pass.
const ASKED: readonly (readonly [readonly string[], RegExp])[] = [
  [['--clients', '0'], /--clients "0" is not a whole number from 1 to 100000\./],
  [['--requests', '0'], /--requests "0" is not a whole number from 1/],
  [['--minutes', '0'], /--minutes "0" is not a number above 0/],
  [['--broken', '--clients', '3'], /--broken asks each build the same: leave --clients out/],
  [['--clients', '1.5', '--help'], /^$/],
];

test('a fault run that would ask nothing, or something else than it is told, does not begin', () => {
  for (const [flags, expected] of ASKED) {
    const { status, stderr } = spawnSync(process.execPath, ['test/faults/run/faults.ts', ...flags], {
      encoding: 'utf8',
    });
    assert.match(stderr, expected, flags.join(' '));
    assert.equal(status, flags.includes('--help') ? 0 : 2);
  }
});
