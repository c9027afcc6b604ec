import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Linked, LinkedSet } from './linked-set.ts';

class Member extends Linked {
  readonly name: number;

  constructor(name: number) {
    super();
    this.name = name;
  }
}

test('it holds what a set holds, in the same order, whatever comes and goes', () => {
  const step = fc.record({ name: fc.nat(9), joins: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const members = Array.from({ length: 10 }, (_, name) => new Member(name));
      const expected = new Set<Member>();
      const linked = new LinkedSet<Member>();
      for (const { name, joins } of steps) {
        const member = members[name]!;
        if (!joins) assert.equal(linked.delete(member), expected.delete(member));
        else if (expected.has(member)) assert.throws(() => linked.add(member), /added again/);
        else {
          linked.add(member);
          expected.add(member);
        }
        assert.deepEqual([...linked], [...expected]);
        assert.equal(linked.size, expected.size);
      }
    }),
  );
});

test('a member may leave while the set is gone through', () => {
  const linked = new LinkedSet<Member>();
  for (let name = 0; name < 4; name += 1) linked.add(new Member(name));
  const seen: number[] = [];
  for (const member of linked) {
    seen.push(member.name);
    linked.delete(member);
  }
  assert.deepEqual(seen, [0, 1, 2, 3]);
  assert.equal(linked.size, 0);
});
