// What came of a reload, in words.

import type { Answer } from '../dashboard/handlers.ts';

export function reportLines({ changes, waiting, faults }: Answer<'reload'>): readonly string[] {
  const names = changes.map(({ name }) => name);
  return [
    faults.length > 0
      ? 'Reloaded in part.'
      : 'Reloaded: prices, keys of upstreams and certificates are as their files say.',
    ...(names.length === 0 ? [] : [`In force: ${names.join(', ')}.`]),
    ...(waiting.length === 0 ? [] : [`From the next start on: ${waiting.join(', ')}.`]),
    ...faults.map((fault) => `As it was, because: ${fault}`),
  ];
}
