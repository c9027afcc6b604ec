// What each session cost, from when to when, and what caches saved it: ours, and the provider's.

import type { Answer } from '../../../src/dashboard/contract.ts';
import { count, moment, usd } from '../format.ts';
import { Scrolls } from '../parts/states.tsx';

export type SessionCost = Answer<'costBySession'>['rows'][number];

export function SessionTable(props: {
  readonly rows: readonly SessionCost[];
  readonly onDrill: (session: string) => void;
  readonly isOld: boolean;
}) {
  return (
    <Scrolls label="Costs of sessions" isOld={props.isOld}>
      <table class="plain-table" data-testid="session-costs">
        <thead>
          <tr>
            <th scope="col">session</th>
            <th scope="col">Application</th>
            <th scope="col">Began</th>
            <th scope="col">Ended</th>
            {['Turns', 'Cost', 'Our cache saved', 'The provider’s saved'].map((title) => (
              <th key={title} scope="col" class="number">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.session}>
              <th scope="row">
                <button type="button" class="link" onClick={() => props.onDrill(row.session)}>
                  {row.session}
                </button>
              </th>
              <td>{row.otherApps > 0 ? `${row.app} and ${row.otherApps} more` : row.app}</td>
              <td>{moment(row.startedAtMs)}</td>
              <td>{moment(row.endedAtMs)}</td>
              <td class="number">{count(row.turns)}</td>
              <td class="number">{costWords(row)}</td>
              <td class="number">{row.cachedTurns === 0 ? '–' : usd(row.savedNanoUsd)}</td>
              <td class="number">{providerWords(row)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">
        The provider’s part is the discount on what was read from its prompt cache, less the surcharge on what
        was written to it: below zero where writing cost more than reading saved.
      </p>
    </Scrolls>
  );
}

function costWords({ costNanoUsd, unpricedTurns }: SessionCost): string {
  if (unpricedTurns === 0) return usd(costNanoUsd);
  return costNanoUsd === 0 ? 'unknown' : `${usd(costNanoUsd)} and ${count(unpricedTurns)} unpriced`;
}

function providerWords({ promptCacheSavedNanoUsd: saved, promptCacheUnknownTurns }: SessionCost): string {
  if (saved === null || promptCacheUnknownTurns === 0) return saved === 0 ? '–' : usd(saved);
  return `${usd(saved)} and ${count(promptCacheUnknownTurns)} unknown`;
}

export const SESSION_CSV_COLUMNS = [
  'session',
  'app',
  'started_at',
  'ended_at',
  'turns',
  'cost_usd',
  'unpriced_turns',
  'saved_usd',
  'prompt_cache_saved_usd',
];

const dollars = (nanoUsd: number | null): string => (nanoUsd === null ? '' : (nanoUsd / 1e9).toFixed(9));

export const sessionCsvRow = (row: SessionCost): readonly (string | number)[] => [
  row.session,
  row.app,
  new Date(row.startedAtMs).toISOString(),
  new Date(row.endedAtMs).toISOString(),
  row.turns,
  dollars(row.costNanoUsd),
  row.unpricedTurns,
  dollars(row.savedNanoUsd),
  dollars(row.promptCacheSavedNanoUsd),
];
