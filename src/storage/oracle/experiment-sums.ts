// The sums of A/B tests in Oracle Database. Runs within the transaction that takes the records in, which no other one
// does at the same time.

import type { SumsQuestion, SumsTask } from '../rollup/experiment-batch.ts';
import type { Row } from '../rows/request-row.ts';
import { EXPERIMENT_SUMS } from './catalogue/experiment-sums.ts';
import type { Asked } from './database.ts';
import { listsOf } from './texts.ts';

export async function runSums(asked: Asked, task: SumsTask): Promise<void> {
  let step = task.next([]);
  while (step.done !== true) step = task.next(await answer(asked, step.value));
}

/** Of a store whose ended records were all deleted. */
export async function clearSums(asked: Asked): Promise<void> {
  await asked.run(EXPERIMENT_SUMS.clearSums);
  await asked.run(EXPERIMENT_SUMS.clearSpans);
}

async function answer(asked: Asked, question: SumsQuestion): Promise<readonly Row[]> {
  switch (question.ask) {
    case 'tests':
      return each(listsOf(question.experiments), (names) => asked.rows(EXPERIMENT_SUMS.tests, { names }));
    case 'opinions':
      return each(listsOf(question.ids), (ids) => asked.rows(EXPERIMENT_SUMS.opinions, { ids }));
    case 'records': {
      const { experiment, sinceMs, limit } = question;
      const rows = await asked.rows(EXPERIMENT_SUMS.records, { p1: experiment, p2: sinceMs, p3: limit });
      return rows as Row[];
    }
    case 'sums': {
      const places = question.places.map(({ experiment, unit, fromMs }) => [experiment, unit, fromMs]);
      return each(listsOf(places), (some) => asked.rows(EXPERIMENT_SUMS.sums, { places: some }));
    }
    case 'begin': {
      const { experiment, sinceMs, unit } = question;
      await asked.run(EXPERIMENT_SUMS.forget, { p1: experiment });
      await asked.run(EXPERIMENT_SUMS.putSpan, { experiment, since_ms: sinceMs, unit });
      return [];
    }
    case 'put': {
      const given = (isNew: boolean) => question.rows.filter((row) => row.isNew === isNew);
      const added = given(true).map(({ untilMs, isNew: _, ...row }) => ({ ...row, until_ms: untilMs }));
      const changed = given(false).map(({ experiment, unit, untilMs, sums }) => ({
        ...{ experiment, unit, sums },
        until_ms: untilMs,
      }));
      await asked.runMany(EXPERIMENT_SUMS.add, added);
      await asked.runMany(EXPERIMENT_SUMS.change, changed);
      return [];
    }
  }
}

async function each(
  lists: readonly string[],
  rowsOf: (list: string) => Promise<readonly unknown[]>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const list of lists) rows.push(...((await rowsOf(list)) as Row[]));
  return rows;
}
