import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { junit } from './junit.ts';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
});
const base = { classname: 'c', name: 'n', seconds: 1.5, failures: [], error: null, properties: {} };

test('counts, failures and errors are where CI looks for them', () => {
  const xml = junit('suite', [
    base,
    { ...base, name: 'two', failures: ['first\nmore', 'second'] },
    { ...base, name: 'three', error: '500: down', properties: { cost: '0.1' } },
  ]);
  const { testsuites } = parser.parse(xml);
  assert.deepEqual(
    [testsuites.tests, testsuites.failures, testsuites.errors, testsuites.time],
    ['3', '1', '1', '4.500'],
  );
  const cases = testsuites.testsuite.testcase;
  assert.equal(cases[0].failure, undefined);
  assert.equal(cases[1].failure.message, 'first');
  assert.equal(cases[2].error.message, '500: down');
  assert.equal(cases[2].properties.property.value, '0.1');
});

test('whatever an answer holds, the file can be read', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, failure) => {
      const xml = junit(name, [
        { ...base, name, failures: [failure], properties: { [name || 'x']: failure } },
      ]);
      assert.equal(XMLValidator.validate(xml), true);
    }),
  );
  assert.equal(XMLValidator.validate(junit('a', [{ ...base, name: '\u0000\u0008\ud800]]>&<"' }])), true);
});
