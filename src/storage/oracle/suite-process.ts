// The conformance suite in a process of its own, for `oracle verify`: against the database that the settings name.

import { after } from 'node:test';
import { addressOf } from './address.ts';
import { OracleDatabase } from './database.ts';
import { testOracle } from './suite.ts';

const {
  TOKENWATCH_ORACLE_DSN = '',
  TOKENWATCH_ORACLE_USER = '',
  TOKENWATCH_ORACLE_PASSWORD = '',
} = process.env;
const address = addressOf({
  TOKENWATCH_DATA_DIR: '.',
  TOKENWATCH_ORACLE_DSN,
  TOKENWATCH_ORACLE_USER,
  TOKENWATCH_ORACLE_PASSWORD,
});
const database = new OracleDatabase(address, 4);
await database.migrate();
after(() => database.close());
testOracle('Oracle', database);
