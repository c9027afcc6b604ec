import { after, test } from 'node:test';
import { oracleIsThere, startOracle } from '../../../test/oracle-server.ts';
import { OracleDatabase } from './database.ts';
import { testOracle } from './suite.ts';

const missing = oracleIsThere();
if (missing !== null) test('Oracle: the conformance suite', { skip: missing });
else await testHere();

async function testHere(): Promise<void> {
  const server = await startOracle();
  // Every call to the double is a millisecond of Python's: all runs take minutes.
  if (server.log !== null) process.env.TOKENWATCH_TEST_PROPERTY_SHARE ??= '0.1';
  const database = new OracleDatabase(server.address, 4);
  await database.migrate();
  after(async () => {
    await database.close();
    await server.close();
  });
  testOracle(server.name, database);
}
