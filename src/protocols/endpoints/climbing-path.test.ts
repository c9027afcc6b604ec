import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayClimb } from './climbing-path.ts';

const times = (path: string, count: number): string =>
  count === 0 ? path : times(path.replaceAll('%', '%25'), count - 1);

test('a path that some server may take for one with ".." is known in every form', () => {
  const plain = ['/v1/../x', '/v1/..', '/..', '/v1/..\\x', '/v1/..;/x', '/v1/..;a=b/x', '/a;b/../x'];
  const encoded = ['%2e%2e/x', '.%2E/x', '..%2fx', '..%5cx', '%2e%2e%3b/x', '%%32%65%%32%65/x', 'a%2f..%2fb'];
  const twice = encoded.flatMap((path) => [1, 2, 3].map((count) => times(path, count)));
  const cut = ['..%23x', '..%3fx', '..%00x', '..%00/x', '..%3b%00/x'];
  const leftOut = [
    '.%00./x',
    '.%0d./x',
    '..%0a/x',
    '..%09/x',
    '..%20/x',
    '%20../x',
    '.%c2%a0./x',
    '.%e2%80%8b./x',
  ];
  const alike = [
    ...['%c0%ae%c0%ae/x', '%e0%80%ae%e0%80%ae/x', '..%c0%afx', '..%c1%9cx', '%u002e%u002e/x', '..%u002fx'],
    ...[
      '%ef%bc%8e%ef%bc%8e/x',
      '%uff0e%uff0e/x',
      '%e2%80%a5/x',
      '..%ef%bc%8fx',
      '..%e2%88%95x',
      '..%e2%81%84x',
    ],
  ];
  for (const path of [
    ...plain,
    ...[...encoded, ...twice, ...cut, ...leftOut, ...alike].map((end) => `/v1/${end}`),
  ])
    assert.ok(mayClimb(path), path);
});

test('a path with dots that lead nowhere else is none', () => {
  for (const path of [
    ...[
      '/v1/models',
      '/v1/models/a..b',
      '/v1/models/...',
      '/v1/./x',
      '/v1//x',
      '/v1/x/%2e',
      '/v1/models/gpt-4.1',
    ],
    ...[
      '/v1/models/meta-llama%2FLlama-3.1',
      '/v1/files/100%25',
      '/v1/files/%',
      '/v1/x/%zz',
      '/v1/caf%c3%a9/x',
    ],
    ...['/v1/models/arn%3Aaws%3Abedrock', '/v1/a..;b', '/v1/..a/x', '/v1/%ff%fe/x', '/v1/%e4%b8%ad'],
  ])
    assert.ok(!mayClimb(path), path);
});
