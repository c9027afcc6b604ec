// `tokenwatch oracle setup`: makes the user that TokenWatch connects as, or prints how.

import { TokenWatchError } from '../../../core/errors.ts';
import { loadOracleSetup } from '../../../storage/registry.ts';
import type { Command } from '../../command.ts';

export const oracleSetup: Command = {
  name: 'oracle setup',
  summary: 'make the database user that TokenWatch connects as, with no privilege more than it needs',
  options: [
    { flags: '--print', about: 'print the SQL for a DBA, and do nothing' },
    { flags: '--admin <user>', about: 'who makes it', standard: 'SYSTEM' },
    { flags: '--tablespace <name>', about: 'where its tables lie', standard: 'USERS' },
    { flags: '--quota <size>', about: 'how much of it: UNLIMITED, 500M, 10G', standard: 'UNLIMITED' },
    { flags: '--model <path>', about: 'an ONNX model on the database’s machine, to embed in the database' },
  ],
  examples: [
    'tokenwatch oracle setup --print',
    'TOKENWATCH_ORACLE_ADMIN_PASSWORD=… tokenwatch oracle setup',
    'TOKENWATCH_ORACLE_ADMIN_PASSWORD=… tokenwatch oracle setup --quota 10G --model /opt/oracle/models/all_MiniLM_L12_v2.onnx',
  ],
  more: () => [
    '',
    'The user is TOKENWATCH_ORACLE_USER, with TOKENWATCH_ORACLE_PASSWORD, at TOKENWATCH_ORACLE_DSN. Doing it again does no harm.',
  ],
  async run(context) {
    const { options, print } = context;
    const settings = context.settings();
    const { addressOf, setUp, setupPlan, setupScript } = await loadOracleSetup();
    const plan = setupPlan({
      user: settings.TOKENWATCH_ORACLE_USER || 'TOKENWATCH',
      tablespace: String(options.tablespace),
      quota: String(options.quota),
      model: typeof options.model === 'string' ? options.model : null,
    });
    if (options.print === true) {
      for (const line of setupScript(plan, settings.TOKENWATCH_ORACLE_DSN)) print(line);
      return;
    }
    const address = addressOf(settings);
    const { TOKENWATCH_ORACLE_ADMIN_PASSWORD: password = '' } = context.environment();
    if (password === '') {
      throw new TokenWatchError(
        'invalid_setting',
        `TOKENWATCH_ORACLE_ADMIN_PASSWORD is not set: the password of ${String(options.admin)}, who makes the user. A DBA can do it instead with what --print prints.`,
      );
    }
    await setUp(plan, address, { dsn: address.dsn, user: String(options.admin), password }, print);
    print('Now run "tokenwatch doctor", then "tokenwatch start".');
  },
};
