// What the connection itself asks: how a session is set, and who migrates. The lock is held by a connection of its own,
// for Oracle ends a transaction at every statement that makes a table.

import { statement } from './statement.ts';
import { NAME } from './step.ts';

export const DATABASE = {
  /** Texts are compared byte by byte, whatever the language of who connects; time is UTC. */
  session: statement(`ALTER SESSION SET NLS_SORT = 'BINARY' NLS_COMP = 'BINARY' TIME_ZONE = '+00:00'`),
  schemaTable: statement('CREATE TABLE IF NOT EXISTS tokenwatch_schema (version NUMBER(19) NOT NULL)'),
  lockTable: statement(`CREATE TABLE IF NOT EXISTS tokenwatch_lock (name ${NAME} PRIMARY KEY)`),
  lockRow: statement('INSERT INTO tokenwatch_lock (name) VALUES (:name)', { name: 'name' }),
  lock: statement('SELECT name FROM tokenwatch_lock WHERE name = :name FOR UPDATE WAIT 120', {
    name: 'name',
  }),
  version: statement('SELECT version FROM tokenwatch_schema'),
  forgetVersion: statement('DELETE FROM tokenwatch_schema'),
  putVersion: statement('INSERT INTO tokenwatch_schema (version) VALUES (:made)', { made: 'number' }),
};
