// The tables of leases: who runs, what each may let through of a budget's period, and the lock that goes before them.

import { added, type Migration, NAME, step } from './step.ts';

export const LEASE_MIGRATION: Migration = [
  step(
    'instances',
    `CREATE TABLE IF NOT EXISTS instances (
      id ${NAME} PRIMARY KEY,
      run ${NAME} NOT NULL,
      host ${NAME} NOT NULL,
      version ${NAME} NOT NULL,
      started_at_ms NUMBER(19) NOT NULL,
      seen_at_ms NUMBER(19) NOT NULL,
      is_stopped NUMBER(19) NOT NULL
    )`,
  ),
  step(
    'leaseWindows',
    `CREATE TABLE IF NOT EXISTS lease_windows (
      lease_key ${NAME} NOT NULL,
      start_ms NUMBER(19) NOT NULL,
      end_ms NUMBER(19) NOT NULL,
      scope JSON NOT NULL,
      CONSTRAINT lease_windows_pk PRIMARY KEY (lease_key, start_ms)
    )`,
  ),
  step(
    'leases',
    `CREATE TABLE IF NOT EXISTS leases (
      lease_key ${NAME} NOT NULL,
      start_ms NUMBER(19) NOT NULL,
      instance ${NAME} NOT NULL,
      end_ms NUMBER(19) NOT NULL,
      granted NUMBER(19) NOT NULL,
      spent NUMBER(19) NOT NULL,
      reserved NUMBER(19) NOT NULL,
      unpriced NUMBER(19) NOT NULL,
      overrun NUMBER(19) NOT NULL,
      is_unmet NUMBER(19) NOT NULL,
      CONSTRAINT leases_pk PRIMARY KEY (lease_key, start_ms, instance)
    )`,
  ),
  step('leaseLock', 'CREATE TABLE IF NOT EXISTS lease_lock (held NUMBER(19) NOT NULL)'),
  step(
    'firstLeaseLock',
    'INSERT INTO lease_lock (held) SELECT 1 FROM dual WHERE NOT EXISTS (SELECT 1 FROM lease_lock)',
  ),
];

/** Leases of each member of a budget that gives each an allowance of its own. */
export const MEMBER_LEASES: Migration = [
  added('leaseWindowsPer', `ALTER TABLE lease_windows ADD (per ${NAME})`),
  added('leasesMember', `ALTER TABLE leases ADD (member ${NAME})`),
  step('leasesUnmet', 'CREATE INDEX IF NOT EXISTS leases_unmet ON leases (is_unmet)'),
  step('requestsUserTime', 'CREATE INDEX IF NOT EXISTS requests_user ON requests (user_name, started_at_ms)'),
  step(
    'deletedSpendSession',
    'CREATE INDEX IF NOT EXISTS deleted_spend_session ON deleted_spend ("SESSION")',
  ),
  step('deletedSpendUser', 'CREATE INDEX IF NOT EXISTS deleted_spend_user ON deleted_spend (user_name)'),
];
