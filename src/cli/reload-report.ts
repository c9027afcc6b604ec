// What came of a reload, in words.

import type { Answer } from '../dashboard/handlers/handlers.ts';

const TAKEN = {
  all: 'Reloaded: prices, keys of upstreams and certificates are as their files say.',
  part: 'Reloaded in part.',
  none: 'Not reloaded: everything stays as it was.',
} as const;

export function reportLines({ changes, waiting, faults, taken }: Answer<'reload'>): readonly string[] {
  const names = changes.map(({ name }) => name);
  return [
    TAKEN[taken],
    ...(names.length === 0 ? [] : [`In force: ${names.join(', ')}.`]),
    ...(waiting.length === 0 ? [] : [`From the next start on: ${waiting.join(', ')}.`]),
    ...faults.map((fault) => `As it was, because: ${fault}`),
  ];
}
