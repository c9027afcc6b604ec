// The application's user in Oracle Database, made by one who may, and the model that embeds in the database.

import oracledb from 'oracledb';
import { TokenWatchError } from '../../core/errors.ts';
import { addressOf } from './address.ts';
import { EXAMINATION } from './catalogue/examination.ts';
import { type ModelPlan, modelStatement, type SetupPlan, userStatements } from './catalogue/setup.ts';
import type { OracleAddress } from './database.ts';
import { OracleDatabase, storageFailed } from './database.ts';
import { oraCodeOf } from './faults.ts';

export { addressOf };

const NAME = /^[A-Za-z][A-Za-z0-9_$#]{0,127}$/;
const QUOTA = /^(?:UNLIMITED|[1-9][0-9]*[KMGT]?)$/i;
const ORA_WRONG_PASSWORD = 1017;
const ORA_LOCAL_USER_IN_ROOT = 65096;

export interface Wanted {
  readonly user: string;
  readonly tablespace: string;
  readonly quota: string;
  /** Where the model lies on the database's machine: `/folder/file.onnx`. */
  readonly model: string | null;
}

/** Names become part of statements: what is no plain word is refused. */
export function setupPlan({ user, tablespace, quota, model }: Wanted): SetupPlan {
  const refuse = (what: string, value: string, form: string): never => {
    throw new TokenWatchError('invalid_argument', `The ${what} "${value}" is not ${form}.`);
  };
  const word = 'a word of letters, digits and _, that begins with a letter';
  if (!NAME.test(user)) refuse('user', user, word);
  if (!NAME.test(tablespace)) refuse('tablespace', tablespace, word);
  if (!QUOTA.test(quota)) refuse('quota', quota, 'UNLIMITED, or a size such as 500M or 10G');
  if (model !== null && modelPlan(model) === null)
    refuse('model', model, 'a path on the database’s machine, such as /opt/oracle/models/minilm.onnx');
  return {
    user: user.toUpperCase(),
    tablespace: tablespace.toUpperCase(),
    quota: quota.toUpperCase(),
    model: model === null ? null : modelPlan(model),
  };
}

/** The model is called as its file is. */
function modelPlan(path: string): ModelPlan | null {
  const [, folder, file, stem] = /^(\/(?:[^/\n]+\/)*)(([^/\n]+)\.onnx)$/.exec(path) ?? [];
  if (folder === undefined || file === undefined || stem === undefined) return null;
  const name = stem.replace(/[^A-Za-z0-9]+/g, '_').toUpperCase();
  return NAME.test(name) ? { folder: folder.replace(/(.)\/$/, '$1'), file, name } : null;
}

/**
 * For a DBA, who runs it with SQL*Plus or SQLcl in the pluggable database. It asks for the password: none is printed.
 */
export function setupScript(plan: SetupPlan, dsn: string): readonly string[] {
  const statements = userStatements(plan, '&tokenwatch_password').map(({ sql }) => `${sql};`);
  const own =
    plan.model === null
      ? []
      : [
          '-- the model, as the user itself',
          `CONNECT "${plan.user}"/"&tokenwatch_password"@${dsn}`,
          modelStatement(plan.model).sql,
          '/',
        ];
  return [
    `-- TokenWatch in Oracle Database: run this as SYSTEM, connected to the pluggable database (${dsn}).`,
    'SET VERIFY OFF',
    "ACCEPT tokenwatch_password CHAR PROMPT 'Password of the new user: ' HIDE",
    ...statements,
    ...own,
    'UNDEFINE tokenwatch_password',
  ];
}

/** Does it, and says each step. */
export async function setUp(
  plan: SetupPlan,
  address: OracleAddress,
  administrator: OracleAddress,
  say: (step: string) => void,
): Promise<void> {
  if (/["\0]/.test(address.password)) {
    throw new TokenWatchError(
      'invalid_setting',
      'TOKENWATCH_ORACLE_PASSWORD holds a quotation mark, which Oracle takes in no password.',
    );
  }
  await connected(administrator, async (connection) => {
    for (const { sql } of userStatements(plan, address.password)) {
      await connection.execute(sql);
      say(sql.replace(/IDENTIFIED BY "[^"]*"/, 'IDENTIFIED BY "…"'));
    }
  });
  await logIn(plan, address, say);
}

async function logIn(plan: SetupPlan, address: OracleAddress, say: (step: string) => void): Promise<void> {
  const database = new OracleDatabase(address, 1);
  try {
    const models = await database.rows(EXAMINATION.models).catch((cause: unknown) => {
      if (oraCodeOf(cause) !== ORA_WRONG_PASSWORD) throw storageFailed(address, cause);
      throw new TokenWatchError(
        'storage_failed',
        `The user ${plan.user} was there before, with another password. Set TOKENWATCH_ORACLE_PASSWORD to it, or give the user this one: ALTER USER "${plan.user}" IDENTIFIED BY …`,
        { cause },
      );
    });
    say(`${plan.user} can log in.`);
    const { model } = plan;
    if (model === null) return;
    if (models.some(({ model_name: name }) => name === model.name))
      return say(`The model ${model.name} is loaded already.`);
    await database.run(modelStatement(model), {}).catch((cause: unknown) => {
      throw storageFailed(address, cause);
    });
    say(`The model ${model.name} is loaded.`);
  } finally {
    await database.close();
  }
}

async function connected(
  address: OracleAddress,
  work: (connection: oracledb.Connection) => Promise<void>,
): Promise<void> {
  const { dsn, user, password } = address;
  const isSys = user.toUpperCase() === 'SYS';
  let connection: oracledb.Connection | null = null;
  try {
    connection = await oracledb.getConnection({
      user,
      password,
      connectString: dsn,
      ...(isSys ? { privilege: oracledb.SYSDBA } : {}),
    });
    await work(connection);
  } catch (cause) {
    if (oraCodeOf(cause) === ORA_WRONG_PASSWORD)
      throw new TokenWatchError(
        'storage_failed',
        `The administrator ${user} was refused at ${dsn} (ORA-01017). Check --admin and TOKENWATCH_ORACLE_ADMIN_PASSWORD.`,
        { cause },
      );
    if (oraCodeOf(cause) === ORA_LOCAL_USER_IN_ROOT)
      throw new TokenWatchError(
        'storage_failed',
        `${dsn} is the root container, which has no users of its own (ORA-65096). Name a pluggable database in TOKENWATCH_ORACLE_DSN, such as localhost:1521/FREEPDB1.`,
        { cause },
      );
    throw storageFailed(address, cause);
  } finally {
    await connection?.close().catch(() => undefined);
  }
}
