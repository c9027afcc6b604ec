// Who visits the dashboard: the session, users, and what was changed by whom.

import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { count, flag, moment, text, wholeNumber } from './values.ts';

const role = z.enum(['viewer', 'operator', 'admin']);

const session = z.strictObject({
  name: text.nullable().describe('"local" for whoever need not log in; null for whoever must'),
  role: role.nullable(),
  mustLogIn: flag.describe('whether nothing is shown without a login'),
  hasUsers: flag.describe('whether there is anybody who could log in by a password'),
  provider: text
    .nullable()
    .describe('the identity provider by which people log in, at /oidc/login; null for none'),
});

export const accessEndpoints = {
  session: endpoint('Who asks, and whether they have to log in.', {}, session),
  sessionBegin: endpoint(
    'Logs in: the answer sets the session’s cookie.',
    { name: text.max(200), password: text.max(1000) },
    session,
  ),
  sessionEnd: endpoint(
    'Logs out.',
    {},
    session.extend({
      leaveUrl: text
        .nullable()
        .describe('where the identity provider ends its own session; null for a login without one'),
    }),
  ),
  sessionsEnd: endpoint(
    'Logs out everywhere: ends all of one’s sessions, or those of a user (for admins; * is everybody).',
    { user: text.max(300).optional() },
    z.strictObject({ ended: count }),
  ),
  passwordChange: endpoint(
    'Sets another password for whoever asks: all sessions of before end, and the answer sets a new one’s cookie.',
    { password: text.max(1000), newPassword: text.max(1000) },
    session,
  ),
  linkAdd: endpoint(
    'Makes a link that opens a session with all rights, once, within a quarter of an hour.',
    {},
    z.strictObject({ added: z.strictObject({ path: text.describe('on the dashboard’s port') }) }),
  ),
  users: endpoint(
    'Who may log in.',
    {},
    z.strictObject({ users: z.array(z.strictObject({ name: text, role, createdAtMs: moment })) }),
  ),
  audit: endpoint(
    'The latest changes, newest first, and whether the log is as it was written.',
    { limit: wholeNumber(1, 1000).default(100) },
    z.strictObject({
      entries: z.array(
        z.strictObject({
          number: count,
          at: text.describe('ISO 8601'),
          who: text,
          role: text,
          action: text,
          before: z.unknown(),
          after: z.unknown(),
          asked: z.unknown().optional(),
          refusal: text.optional(),
          from: text.optional().describe('the file of an earlier version that it was taken over from'),
          previous: text.describe('SHA-256 of the line before'),
        }),
      ),
      verdict: z.strictObject({
        entries: count,
        fault: z.strictObject({ line: count, what: text }).nullable(),
        head: text.describe(
          'SHA-256 of the last line: kept elsewhere, it proves that nothing was written anew',
        ),
      }),
    }),
  ),
};
