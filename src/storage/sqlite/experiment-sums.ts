// The sums of A/B tests in SQLite. Runs within the transaction that takes the records in.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { DrawnUnit } from '../../core/experiment-figures.ts';
import { drawnUnit, type SumsQuestion, type SumsTask, takeRecords } from '../rollup/experiment-batch.ts';
import type { Row } from '../rows/request-row.ts';
import {
  BEGIN_SUMS,
  CLEAR_SUMS,
  ENDED_OF_TEST,
  EXPERIMENT_SUMS_TABLES,
  opinionsSql,
  sumsSql,
  testsSql,
} from '../sql/experiment-sums-sql.ts';

const ITEMS = 'SELECT value FROM json_each(?)';
const PLACES = `(SELECT value ->> 0 AS experiment, value ->> 1 AS unit, value ->> 2 AS from_ms
  FROM json_each(?)) given`;
const PUT = `INSERT INTO experiment_sums (experiment, variant, unit, until_ms, sums) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET sums = excluded.sums`;
const ROWS_AT_ONCE = 50_000;

export class SqliteExperimentSums {
  readonly #connection: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(connection: DatabaseSync) {
    this.#connection = connection;
  }

  run(task: SumsTask): void {
    let step = task.next([]);
    while (step.done !== true) step = task.next(this.#answer(step.value));
  }

  /** Of a store whose ended records were all deleted. */
  clear(): void {
    this.#connection.exec(CLEAR_SUMS.join('; '));
  }

  /** Sums up every test that there is, however many records it has, into empty tables. */
  rebuild(): void {
    const tests = this.#connection
      .prepare(`SELECT name, created_at_ms, definition FROM rules WHERE kind = 'experiment'`)
      .all();
    for (const { name, created_at_ms, definition } of tests)
      this.#rebuildOne(String(name), Number(created_at_ms), drawnUnit(definition));
  }

  #rebuildOne(experiment: string, sinceMs: number, unit: DrawnUnit): void {
    this.#answer({ ask: 'begin', experiment, sinceMs, unit });
    const rows = this.#connection.prepare(`${ENDED_OF_TEST} ORDER BY started_at_ms`);
    let some: Row[] = [];
    const take = (): void => {
      this.run(takeRecords(experiment, { sinceMs, unit }, some));
      some = [];
    };
    for (const row of rows.iterate(experiment, sinceMs)) if (some.push(row as Row) === ROWS_AT_ONCE) take();
    take();
  }

  #answer(question: SumsQuestion): readonly Row[] {
    switch (question.ask) {
      case 'tests':
        return this.#rows(testsSql(ITEMS), JSON.stringify(question.experiments));
      case 'opinions':
        return this.#rows(opinionsSql(ITEMS), JSON.stringify(question.ids));
      case 'records':
        return this.#rows(
          `${ENDED_OF_TEST} ORDER BY started_at_ms LIMIT ?`,
          question.experiment,
          question.sinceMs,
          question.limit,
        );
      case 'sums': {
        const places = question.places.map(({ experiment, unit, fromMs }) => [experiment, unit, fromMs]);
        return this.#rows(sumsSql(PLACES), JSON.stringify(places));
      }
      case 'begin':
        this.#prepare(BEGIN_SUMS.forget).run(question.experiment);
        this.#prepare(BEGIN_SUMS.span).run(question.experiment, question.sinceMs, question.unit);
        return [];
      case 'put':
        for (const { experiment, variant, unit, untilMs, sums } of question.rows)
          this.#prepare(PUT).run(experiment, variant, unit, untilMs, sums);
        return [];
    }
  }

  #rows(sql: string, ...values: readonly (string | number)[]): readonly Row[] {
    return this.#prepare(sql).all(...values) as Row[];
  }

  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql) ?? this.#connection.prepare(sql);
    this.#prepared.set(sql, known);
    return known;
  }
}

export function migrateExperimentSums(connection: DatabaseSync): void {
  connection.exec(EXPERIMENT_SUMS_TABLES.replaceAll(/(CREATE TABLE [^;]+\));/g, '$1 STRICT, WITHOUT ROWID;'));
  new SqliteExperimentSums(connection).rebuild();
}
