// What every store must do with the rules that the user sets.

import assert from 'node:assert/strict';
import type { RuleEntry } from '../../core/rule-book.ts';
import type { Check } from './model.ts';

const entry = (name: string, createdAtMs: number, definition: unknown = { target: name }): RuleEntry => ({
  kind: 'route',
  name,
  definition,
  createdAtMs,
});

export function testRules(check: Check): void {
  check(
    'rules come back in the order of their creation, and each change raises the version',
    async ({ rules }) => {
      const versions = [await rules.ruleVersion()];
      const nested = { list: [1, null, 'ü \u0001 "'], text: "it's", deep: { '': false } };
      const changes = [
        () => rules.addRule(entry('later', 2)),
        () => rules.addRule(entry('first', 1, nested)),
        () => rules.addRule({ ...entry('first', 3), kind: 'tag' }),
        () => rules.changeRule(entry('later', 9, { target: 'other' })),
      ];
      for (const change of changes) {
        assert.equal(await change(), true);
        versions.push(await rules.ruleVersion());
      }
      assert.deepEqual(
        versions,
        [...new Set(versions)].sort((a, b) => a - b),
      );
      assert.deepEqual(await rules.rules(), {
        version: versions.at(-1),
        entries: [
          entry('first', 1, nested),
          entry('later', 2, { target: 'other' }),
          { ...entry('first', 3), kind: 'tag' },
        ],
      });
    },
  );

  check('of two rules of one kind and name the first stays', async ({ rules }) => {
    assert.equal(await rules.addRule(entry('cheap', 1)), true);
    const version = await rules.ruleVersion();
    assert.equal(await rules.addRule(entry('cheap', 2, { target: 'other' })), false);
    assert.deepEqual(await rules.rules(), { version, entries: [entry('cheap', 1)] });
  });

  check('a rule that is gone is not changed, and removing takes only its own kind', async ({ rules }) => {
    await rules.addRule(entry('cheap', 1));
    await rules.addRule({ ...entry('cheap', 2), kind: 'tag' });
    await rules.removeRule('route', 'cheap');
    await rules.removeRule('route', 'nobody');
    assert.equal(await rules.changeRule(entry('cheap', 1)), false);
    assert.deepEqual((await rules.rules()).entries, [{ ...entry('cheap', 2), kind: 'tag' }]);
  });
}
