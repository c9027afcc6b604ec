// The table that is shown, as a CSV file: with the rows, too, that are too many for the page.

import type { Answer, BreakdownRow, StatsAnswer } from '../../../src/dashboard/contract.ts';
import { ask, messageOf } from '../data/ask.ts';
import { Button } from '../parts/controls.tsx';
import { saveCsv } from '../parts/csv.ts';
import { isUnknown } from './cost-table.tsx';
import type { SessionCost } from './session-table.tsx';

export function CsvButton(props: {
  readonly by: string;
  /** Where its rows are asked for. */
  readonly path: string;
  readonly isDisabled: boolean;
  /** Null when it was saved. */
  readonly onFault: (fault: string | null) => void;
}) {
  const { by, path } = props;
  const save = async (): Promise<void> => {
    try {
      if (by === 'session') {
        const { rows } = await ask<Answer<'costBySession'>>(path);
        saveCsv('cost-by-session', SESSION_COLUMNS, rows.map(sessionRow));
      } else {
        const { rows } = await ask<StatsAnswer>(path);
        saveCsv(`cost-by-${by}`, COLUMNS, rows.map(breakdown));
      }
      props.onFault(null);
    } catch (error) {
      props.onFault(messageOf(error));
    }
  };
  return (
    <Button kind="quiet" disabled={props.isDisabled} onClick={() => void save()}>
      CSV
    </Button>
  );
}

const COLUMNS = ['key', 'cost_usd', 'requests', 'unpriced_requests', 'input_tokens', 'output_tokens'];

const breakdown = (row: BreakdownRow): readonly (string | number)[] => [
  row.key ?? '',
  dollars(isUnknown(row) ? null : row.costNanoUsd),
  row.requests,
  row.unpricedRequests,
  row.inputTokens,
  row.outputTokens,
];

const SESSION_COLUMNS = [
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

/** Of what is not known nothing is said, so that no sum is made of it. */
const dollars = (nanoUsd: number | null): string => (nanoUsd === null ? '' : (nanoUsd / 1e9).toFixed(9));

const sessionRow = (row: SessionCost): readonly (string | number)[] => [
  row.session,
  row.app,
  new Date(row.startedAtMs).toISOString(),
  new Date(row.endedAtMs).toISOString(),
  row.turns,
  dollars(row.costNanoUsd === 0 && row.unpricedTurns > 0 ? null : row.costNanoUsd),
  row.unpricedTurns,
  dollars(row.savedNanoUsd),
  dollars(row.promptCacheSavedNanoUsd),
];
