// The sums of A/B tests in PostgreSQL. Runs within the transaction that takes the records in, which no other one does
// at the same time.

import type { SumsQuestion, SumsTask } from '../rollup/experiment-batch.ts';
import type { Row } from '../rows/request-row.ts';
import {
  BEGIN_SUMS,
  CLEAR_SUMS,
  ENDED_OF_TEST,
  opinionsSql,
  sumsSql,
  testsSql,
} from '../sql/experiment-sums-sql.ts';
import type { Asked } from './database.ts';

const ITEMS = 'SELECT * FROM json_array_elements_text(?)';
const PLACES = 'json_to_recordset(?) AS given (experiment text, unit text, from_ms bigint)';
const PUT = `INSERT INTO experiment_sums (experiment, variant, unit, until_ms, sums)
  SELECT experiment, variant, unit, until_ms, sums
    FROM json_to_recordset(?) AS given (experiment text, variant text, unit text, until_ms bigint, sums text)
  ON CONFLICT (experiment, unit, until_ms) DO UPDATE SET sums = excluded.sums`;

export async function runSums(asked: Asked, task: SumsTask): Promise<void> {
  let step = task.next([]);
  while (step.done !== true) step = task.next(await answer(asked, step.value));
}

/** Of a store whose ended records were all deleted. */
export async function clearSums(asked: Asked): Promise<void> {
  for (const sql of CLEAR_SUMS) await asked.run(sql);
}

async function answer(asked: Asked, question: SumsQuestion): Promise<readonly Row[]> {
  const rows = async (sql: string, ...values: readonly (string | number)[]): Promise<readonly Row[]> =>
    (await asked.rows(sql, values)) as Row[];
  switch (question.ask) {
    case 'tests':
      return rows(testsSql(ITEMS), JSON.stringify(question.experiments));
    case 'opinions':
      return rows(opinionsSql(ITEMS), JSON.stringify(question.ids));
    case 'records':
      return rows(
        `${ENDED_OF_TEST} ORDER BY started_at_ms LIMIT ?`,
        question.experiment,
        question.sinceMs,
        question.limit,
      );
    case 'sums': {
      const places = question.places.map(({ fromMs, ...place }) => ({ ...place, from_ms: fromMs }));
      return rows(sumsSql(PLACES), JSON.stringify(places));
    }
    case 'begin':
      await asked.run(BEGIN_SUMS.forget, [question.experiment]);
      await asked.run(BEGIN_SUMS.span, [question.experiment, question.sinceMs, question.unit]);
      return [];
    case 'put': {
      const given = question.rows.map(({ untilMs, ...row }) => ({ ...row, until_ms: untilMs }));
      await asked.run(PUT, [JSON.stringify(given)]);
      return [];
    }
  }
}
