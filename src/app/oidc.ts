// The identity provider by which people log in to the dashboard, as the settings say.

import type { OidcSettings } from '../access/login/oidc-login.ts';
import { TokenWatchError } from '../core/errors.ts';
import { readSmallFile } from '../runtime/small-file.ts';
import type { Settings } from '../settings.ts';

export const OIDC_SETTINGS = [
  'TOKENWATCH_OIDC_ISSUER',
  'TOKENWATCH_OIDC_CLIENT_ID',
  'TOKENWATCH_OIDC_CLIENT_SECRET',
  'TOKENWATCH_OIDC_CLIENT_SECRET_FILE',
  'TOKENWATCH_OIDC_REDIRECT_URL',
  'TOKENWATCH_OIDC_SCOPES',
  'TOKENWATCH_OIDC_ROLE_CLAIM',
  'TOKENWATCH_OIDC_ROLES',
  'TOKENWATCH_OIDC_LABEL',
] as const;

/** Those that are about one provider. */
const PROVIDER_SETTINGS = [
  'TOKENWATCH_OIDC_CLIENT_ID',
  'TOKENWATCH_OIDC_CLIENT_SECRET',
  'TOKENWATCH_OIDC_CLIENT_SECRET_FILE',
  'TOKENWATCH_OIDC_REDIRECT_URL',
  'TOKENWATCH_OIDC_ROLES',
] as const;

const isSet = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== '';

/** Null where none is set. Throws `invalid_setting` for half of one. */
export function oidcOf(settings: Settings, isTls: boolean): OidcSettings | null {
  const { TOKENWATCH_OIDC_ISSUER: issuer, TOKENWATCH_OIDC_CLIENT_ID: clientId } = settings;
  if (issuer === '') {
    const alone = PROVIDER_SETTINGS.find((name) => isSet(settings[name]));
    if (alone === undefined) return null;
    throw invalid(
      `${alone} is set, and TOKENWATCH_OIDC_ISSUER is not: nobody would be asked to log in there. Set it, or leave out what begins with TOKENWATCH_OIDC_.`,
    );
  }
  if (clientId === '')
    throw invalid(
      'TOKENWATCH_OIDC_ISSUER is set, and TOKENWATCH_OIDC_CLIENT_ID is not: what is TokenWatch called there?',
    );
  const roles = settings.TOKENWATCH_OIDC_ROLES;
  if (Object.keys(roles).length === 0)
    throw invalid(
      'TOKENWATCH_OIDC_ISSUER is set, and TOKENWATCH_OIDC_ROLES is not: nobody could come in. Name the values of the claim, such as TOKENWATCH_OIDC_ROLES=admins=admin,engineers=viewer.',
    );
  return {
    issuer,
    clientId,
    clientSecret: secretOf(settings),
    redirectUrl: redirectUrlOf(settings, isTls),
    scopes: settings.TOKENWATCH_OIDC_SCOPES,
    roleClaim: settings.TOKENWATCH_OIDC_ROLE_CLAIM,
    roles,
    label: settings.TOKENWATCH_OIDC_LABEL || new URL(issuer).hostname,
  };
}

function secretOf(settings: Settings): string | null {
  const { TOKENWATCH_OIDC_CLIENT_SECRET: secret, TOKENWATCH_OIDC_CLIENT_SECRET_FILE: file } = settings;
  if (secret !== '' && file !== '')
    throw invalid(
      'TOKENWATCH_OIDC_CLIENT_SECRET and TOKENWATCH_OIDC_CLIENT_SECRET_FILE are both set: leave one out.',
    );
  if (file === '') return secret || null;
  try {
    const text = readSmallFile(file).trim();
    if (text !== '') return text;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw invalid(`TOKENWATCH_OIDC_CLIENT_SECRET_FILE="${file}" cannot be read (${code ?? message}).`, cause);
  }
  throw invalid(`TOKENWATCH_OIDC_CLIENT_SECRET_FILE="${file}" is empty.`);
}

function redirectUrlOf(settings: Settings, isTls: boolean): string {
  const { TOKENWATCH_OIDC_REDIRECT_URL: set, TOKENWATCH_HOST: host } = settings;
  if (set !== '') return set;
  const port = settings.TOKENWATCH_DASHBOARD_PORT;
  const isAny = host === '0.0.0.0' || host === '::';
  if (port === 0 || isAny)
    throw invalid(
      'TOKENWATCH_OIDC_REDIRECT_URL is not set, and by its settings TokenWatch cannot know under which address people reach the dashboard. Set it, as it is registered with the provider: https://tokenwatch.example.com/oidc/callback',
    );
  return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}/oidc/callback`;
}

const invalid = (message: string, cause?: unknown): TokenWatchError =>
  new TokenWatchError('invalid_setting', message, { cause });
