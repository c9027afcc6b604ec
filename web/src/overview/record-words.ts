// A record in words: how it ended, what it read, which model.

import type { RequestRecord } from '../../../src/dashboard/contract.ts';
import { usd } from '../format.ts';
import type { Tone } from '../parts/controls.tsx';

const WORDS: Readonly<Record<string, string>> = {
  in_flight: 'in flight',
  completed: 'ok',
  cached: 'from cache',
  truncated: 'cut short',
  upstream_error: 'error',
  upstream_broken: 'broke off',
  unreachable: 'unreachable',
  timed_out: 'timed out',
  client_gone: 'client left',
  refused: 'refused',
  cut: 'cut',
  interrupted: 'interrupted',
};

/** `ok 200`. An outcome that this page does not know is shown as the server names it. */
export function outcomeWords({ outcome, status }: RequestRecord): string {
  const word = WORDS[outcome] ?? outcome.replaceAll('_', ' ');
  return outcome === 'in_flight' || status === null ? word : `${word} ${status}`;
}

export function outcomeTone({ outcome }: RequestRecord): Tone {
  if (outcome === 'completed' || outcome === 'cached') return 'quiet';
  return outcome === 'in_flight' ? 'accent' : 'bad';
}

export const modelOf = (record: RequestRecord): string =>
  record.modelUsed ?? record.modelSent ?? record.modelRequested ?? record.endpoint;

export const inputOf = ({ usage }: RequestRecord): number =>
  usage.inputTokens + usage.cacheReadTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;

/** A cost that may be off is marked so, and one of which not all is known. */
export function costWords({ costNanoUsd, listCostNanoUsd, costDoubt }: RequestRecord): string {
  if (costNanoUsd === null && listCostNanoUsd !== null) return `≥ ${usd(listCostNanoUsd)}`;
  return costDoubt === null ? usd(costNanoUsd) : `≈ ${usd(costNanoUsd)}`;
}

export const DOUBTS: Readonly<Record<NonNullable<RequestRecord['costDoubt']>, string>> = {
  long_context:
    'The answer sums several runs of the model that it does not tell apart. They are charged as one long run: it may have cost less.',
};
