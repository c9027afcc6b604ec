// What a DBA does once: the application's user, with no privilege more than it needs, and the model that embeds in the
// database. Names and a password are part of these texts (nothing of them can be a bind), so each is checked before.

import { type Statement, statement } from './statement.ts';

export interface SetupPlan {
  /** Checked by `setup.ts`: plain words in capital letters. */
  readonly user: string;
  readonly tablespace: string;
  /** `UNLIMITED`, or `10G`. */
  readonly quota: string;
  readonly model: ModelPlan | null;
}

export interface ModelPlan {
  /** On the database's own machine. */
  readonly folder: string;
  readonly file: string;
  readonly name: string;
}

/** What the user may do: connect, and make tables in its own schema. An index on its own table needs no more. */
export const PRIVILEGES: readonly string[] = ['CREATE SESSION', 'CREATE TABLE'];
/** And load a model into its own schema, where it is to embed in the database. */
export const MODEL_PRIVILEGE = 'CREATE MINING MODEL';
const MODEL_DIRECTORY = 'TOKENWATCH_MODELS';

/** `password` as it stands between quotation marks. */
export function userStatements(plan: SetupPlan, password: string): readonly Statement[] {
  const { user, tablespace, quota, model } = plan;
  return [
    statement(
      `CREATE USER IF NOT EXISTS "${user}" IDENTIFIED BY "${password}" DEFAULT TABLESPACE "${tablespace}"`,
    ),
    statement(`ALTER USER "${user}" QUOTA ${quota} ON "${tablespace}"`),
    ...privilegesOf(model).map((privilege) => statement(`GRANT ${privilege} TO "${user}"`)),
    ...(model === null
      ? []
      : [
          statement(`CREATE OR REPLACE DIRECTORY "${MODEL_DIRECTORY}" AS '${quoted(model.folder)}'`),
          statement(`GRANT READ ON DIRECTORY "${MODEL_DIRECTORY}" TO "${user}"`),
        ]),
  ];
}

/** As the user itself: a model belongs to who loads it. */
export function modelStatement({ file, name }: ModelPlan): Statement {
  return statement(
    `BEGIN DBMS_VECTOR.LOAD_ONNX_MODEL('${MODEL_DIRECTORY}', '${quoted(file)}', '${name}', JSON('${MODEL_FACTS}')); END;`,
  );
}

/** What the model is for; without it the database guesses. */
const MODEL_FACTS = '{"function":"embedding","embeddingOutput":"embedding","input":{"input":["DATA"]}}';

const quoted = (text: string): string => text.replaceAll("'", "''");

function privilegesOf(model: ModelPlan | null): readonly string[] {
  return model === null ? PRIVILEGES : [...PRIVILEGES, MODEL_PRIVILEGE];
}

/** Of every form, for whoever checks statements. */
export function setupStatements(): readonly (readonly [string, Statement])[] {
  const model = { folder: '/opt/oracle/models', file: 'model.onnx', name: 'MODEL' };
  const plan = { user: 'TOKENWATCH', tablespace: 'USERS', quota: 'UNLIMITED', model };
  const all = [...userStatements(plan, 'password'), modelStatement(model)];
  return all.map((each, index) => [`setup.${index + 1}`, each]);
}
