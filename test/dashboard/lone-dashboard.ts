// The dashboard's port without an app behind it: a test answers what it is asked.

import assert from 'node:assert/strict';
import { AuditLog } from '../../src/access/audit/audit-log.ts';
import { Door } from '../../src/access/login/door.ts';
import { LoginRecord } from '../../src/access/login/login-record.ts';
import { systemClock } from '../../src/core/clock.ts';
import { type DashboardOptions, type DashboardServer, startDashboard } from '../../src/dashboard/server.ts';

export function startLoneDashboard(
  dataDir: string,
  options: Partial<DashboardOptions> = {},
): Promise<DashboardServer> {
  return startDashboard({
    tls: null,
    host: '127.0.0.1',
    allowedHosts: [],
    port: 0,
    version: '0.0.0',
    pages: { page: () => null },
    handle: async (name) => ({ asked: name }),
    onListening: async () => undefined,
    pageFolder: '/nowhere/at/all',
    door: new Door({
      dataDir,
      mustLogIn: false,
      times: { idleMs: 1000, lifetimeMs: 1000 },
      oidc: null,
      isSecure: false,
      code: 'none',
      record: new LoginRecord({ log: new AuditLog(dataDir), clock: systemClock, warn: assert.fail }),
    }),
    metricsToken: null,
    bodyBytesMax: 1000,
    warn: () => {},
    ...options,
  });
}
