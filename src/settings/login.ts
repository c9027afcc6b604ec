// How people log in to the dashboard.

import { parseRoleMap } from '../access/login/oidc-roles.ts';
import { isLoopback } from '../core/own-place.ts';
import { called, FILE, formOf, LIFETIME, matching, oneOf, SECRET } from './forms.ts';
import { group, setting } from './setting.ts';

const ISSUER = formOf('an https:// URL (http:// on this machine alone)', (text) => {
  if (text === '') return text;
  const url = URL.parse(text);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname));
  return isSafe && url?.search === '' && url.hash === '' ? text : undefined;
});
const REDIRECT_URL = formOf('a URL that ends in /oidc/callback', (text) => {
  if (text === '') return text;
  const url = URL.parse(text);
  const isRight = /^https?:$/.test(url?.protocol ?? '') && url?.pathname.endsWith('/oidc/callback');
  return isRight && url?.search === '' && url.hash === '' ? text : undefined;
});
const ROLE_MAP = formOf('a list such as admins=admin,engineers=viewer', parseRoleMap);
const TEXT = formOf('a text', (text) => text);

export const LOGIN = group('Login', {
  TOKENWATCH_DASHBOARD_LOGIN: setting(
    oneOf('auto', 'on'),
    'auto',
    'whether the dashboard asks for a login; auto: once there is a user or an identity provider, or where it listens beyond this machine',
  ),
  TOKENWATCH_SESSION_LIFETIME: setting(LIFETIME, '7d', 'after how long whoever logged in has to do so again'),
  TOKENWATCH_SESSION_IDLE: setting(LIFETIME, '12h', 'the same without any request of theirs'),
  TOKENWATCH_OIDC_ISSUER: setting(
    called(ISSUER),
    '',
    'an identity provider (OpenID Connect) by which people log in to the dashboard',
  ),
  TOKENWATCH_OIDC_CLIENT_ID: setting(TEXT, '', 'what TokenWatch is called there'),
  TOKENWATCH_OIDC_CLIENT_SECRET: setting(SECRET, '', 'its secret there; empty for a public client'),
  TOKENWATCH_OIDC_CLIENT_SECRET_FILE: setting(FILE, '', 'a file with the secret, instead'),
  TOKENWATCH_OIDC_REDIRECT_URL: setting(
    REDIRECT_URL,
    '',
    'where the provider sends people back to, as it is registered there; the dashboard’s own address with /oidc/callback if it is empty',
  ),
  TOKENWATCH_OIDC_SCOPES: setting(
    matching(
      'scopes with blanks between, openid among them',
      /^(?=.*\bopenid\b)[\x21-\x7e]+(?: [\x21-\x7e]+)*$/,
    ),
    'openid profile email',
    'what is asked for there',
  ),
  TOKENWATCH_OIDC_ROLE_CLAIM: setting(
    matching('the name of a claim', /^\S{1,200}$/),
    'groups',
    'the claim that roles go by; dots lead inside (realm_access.roles)',
  ),
  TOKENWATCH_OIDC_ROLES: setting(
    ROLE_MAP,
    '',
    'roles by the claim’s values (viewer, operator, admin), the highest counts; * is everybody there. Whoever has none has no access',
  ),
  TOKENWATCH_OIDC_LABEL: setting(TEXT, '', 'what the login calls the provider; its host if it is empty'),
});
