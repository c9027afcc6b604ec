// The addresses that applications of this environment call: those that are meant for TokenWatch, and miss it.

import { leadsToItself } from '../core/own-place.ts';
import { noProxyTest } from '../upstream/no-proxy.ts';
import { ownPlace } from '../upstream/own-place.ts';
import type { Patient } from './check-up.ts';

interface Api {
  readonly variable: 'ANTHROPIC_BASE_URL' | 'OPENAI_BASE_URL';
  readonly mount: string;
  /** What its SDKs leave to the address. */
  readonly rest: string;
}

const APIS: readonly Api[] = [
  { variable: 'ANTHROPIC_BASE_URL', mount: '/anthropic', rest: '' },
  { variable: 'OPENAI_BASE_URL', mount: '/openai', rest: '/v1' },
];

const ENDPOINT = /\/(?:messages|chat\/completions|completions|responses|embeddings|models)$/;

export const WITHOUT_QUOTES =
  'Take them away: a shell does so by itself, and what reads variables from a file (docker run --env-file) does not.';

export interface WrongUrl {
  readonly subject: string;
  readonly found: string;
  readonly advice: string;
}

export function wrongBaseUrls({ environment, settings }: Patient): readonly WrongUrl[] {
  return APIS.flatMap((api) => {
    const text = environment[api.variable]?.trim() ?? '';
    const wrong = text === '' ? null : wrongUrl(api, text, settings);
    return wrong === null
      ? []
      : [{ subject: api.variable, found: `${text} ${wrong.found}`, advice: wrong.advice }];
  });
}

/** Null where nothing is wrong with it, or it is not meant for TokenWatch. */
function wrongUrl(
  { mount, rest }: Api,
  text: string,
  settings: Patient['settings'],
): Omit<WrongUrl, 'subject'> | null {
  const { TOKENWATCH_PROXY_PORT: proxyPort, TOKENWATCH_DASHBOARD_PORT: dashboardPort } = settings;
  const isTls = settings.TOKENWATCH_TLS_CERT !== '';
  const scheme = isTls ? 'https' : 'http';
  if (/^["']/.test(text)) return { found: 'stands in quotes', advice: WITHOUT_QUOTES };
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const advice = `Begin it with ${scheme}://.`;
    return { found: 'is no http:// or https:// address', advice };
  }
  const path = url.pathname.replace(/\/+$/, '');
  if (!isHere(url, settings))
    return mount === '/anthropic' && path.endsWith('/v1')
      ? { found: 'ends in /v1', advice: 'Leave out /v1: Anthropic’s SDKs add it themselves.' }
      : null;
  const right = `${scheme}://${url.hostname}:${proxyPort || 'PORT'}${mount}${rest}`;
  const advice = `Set it to ${right}.`;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  if (port === dashboardPort) return { found: 'is the dashboard’s port, which answers no model', advice };
  const isOfMount = /^\/(?:anthropic|openai)(?:\/|$)/.test(path);
  if (proxyPort !== 0 && port !== proxyPort)
    return isOfMount ? { found: `is not TokenWatch’s port, which is ${proxyPort}`, advice } : null;
  if (proxyPort === 0 && !isOfMount) return null;
  if (url.protocol !== `${scheme}:`)
    return {
      found: isTls ? 'is http: the proxy speaks TLS alone' : 'is https: TokenWatch has no certificate',
      advice,
    };
  if (path === mount + rest) return null;
  if (!path.startsWith(mount)) return { found: `does not lead to ${mount}`, advice };
  if (/\/v1\/v1(?:\/|$)/.test(path)) return { found: 'has /v1 twice', advice };
  if (ENDPOINT.test(path)) return { found: 'names an endpoint, which SDKs add themselves', advice };
  if (path === `${mount}/v1`) return { found: 'ends in /v1, which Anthropic’s SDKs add themselves', advice };
  return path === mount ? { found: 'lacks /v1, which OpenAI’s SDKs do not add', advice } : null;
}

/** Whether it leads to this machine as TokenWatch listens on it, whatever the port. */
function isHere(url: URL, { TOKENWATCH_HOST: host }: Patient['settings']): boolean {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  return leadsToItself(url, ownPlace(host, [port]));
}

/** By which applications would ask a proxy for TokenWatch itself; null where none is missing in NO_PROXY. */
export function proxiedHost({
  environment,
  settings,
}: Patient): { readonly proxy: string; readonly host: string } | null {
  const names = [settings.TOKENWATCH_TLS_CERT === '' ? 'HTTP_PROXY' : 'HTTPS_PROXY', 'ALL_PROXY'];
  const proxy = names.find((name) => environment[name] || environment[name.toLowerCase()]);
  if (proxy === undefined) return null;
  const isStraight = noProxyTest(environment.no_proxy || environment.NO_PROXY || '');
  const called = APIS.flatMap(({ variable }) => URL.parse(environment[variable] ?? '') ?? []);
  const here = called.filter((url) => isHere(url, settings));
  if (here.length > 0) {
    const url = here.find((each) => !isStraight(each));
    return url === undefined ? null : { proxy, host: url.hostname };
  }
  const local = ['localhost', '127.0.0.1'].map((hostname) => new URL(`http://${hostname}`));
  return local.some(isStraight) ? null : { proxy, host: 'localhost' };
}
