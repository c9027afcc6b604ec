// What lies outside: the upstreams and their keys, the way to them, the collector, and the clock that they go by.

import { once } from 'node:events';
import { connect } from 'node:net';
import { systemClock } from '../core/clock.ts';
import type { Finding } from '../core/finding.ts';
import { headerPairs } from '../core/flat-headers.ts';
import { type BaseUrl, baseUrlOf, defaultUpstream, type Upstream } from '../core/upstream.ts';
import { readSmallFile } from '../runtime/small-file.ts';
import { givenSetting } from '../settings.ts';
import { type OtelConfig, otelConfig } from '../telemetry/otel/otel-config.ts';
import type { Candidate } from '../upstream/candidates.ts';
import { headersAt } from '../upstream/credentials.ts';
import { describeEgress, type EgressProxies, egressFetch, egressProxies } from '../upstream/egress.ts';
import { joinUpstreamPath } from '../upstream/join-url.ts';
import { KeyReader, placeOf } from '../upstream/keys.ts';
import type { CheckUp, Patient } from './check-up.ts';
import { KEYS, keyFor } from './own-keys.ts';

const ANSWER_MS = 5000;
const SKEW_MS_MAX = 60_000;

export const network: CheckUp = {
  name: 'Network',
  isNeeded: () => true,
  run: async (patient, stored) => {
    const upstreams = await Promise.all([
      ...KEYS.map((known) => askUpstream(patient, ownPlace(patient, known))),
      ...(stored?.upstreams ?? []).map((upstream) => askUpstream(patient, addedPlace(patient, upstream))),
    ]);
    const dates = upstreams.flatMap(({ dateMs }) => (dateMs === null ? [] : [dateMs]));
    return [
      ...(await lookAtEgress(patient)),
      ...upstreams.map(({ finding }) => finding),
      clockOf(dates, patient.nowMs()),
      ...(patient.settings.TOKENWATCH_OTEL_ENABLED ? await askCollectors(patient) : []),
    ];
  },
};

/** What the environment says; a faulty address is a start's refusal. */
function egressOf({ environment }: Patient): EgressProxies | null {
  try {
    return egressProxies(environment);
  } catch {
    return null;
  }
}

async function lookAtEgress(patient: Patient): Promise<readonly Finding[]> {
  const subject = 'egress proxy';
  const egress = egressOf(patient);
  if (egress === null)
    return [{ subject, verdict: 'ok', found: 'none: upstreams are reached directly', advice: null }];
  const addresses = [...new Set([egress.httpsProxy, egress.httpProxy])].filter((address) => address !== '');
  const silent = await Promise.all(
    addresses.map(async (address): Promise<Finding | null> => {
      const reason = await whyNoConnection(address);
      if (reason === null) return null;
      const found = `${new URL(address).host} takes no connection (${reason})`;
      const advice =
        'No upstream is reached without it: start it, or look at HTTPS_PROXY, HTTP_PROXY and NO_PROXY.';
      return { subject, verdict: 'fault', found, advice };
    }),
  );
  const faults = silent.filter((finding) => finding !== null);
  return faults.length > 0
    ? faults
    : [{ subject, verdict: 'ok', found: describeEgress(egress), advice: null }];
}

interface Asked {
  readonly finding: Finding;
  /** By its clock. */
  readonly dateMs: number | null;
}

interface Place {
  readonly subject: string;
  readonly base: Pick<BaseUrl, 'origin' | 'hostname' | 'pathname'>;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the key that is sent lies; null where none is. */
  readonly key: string | null;
  /** Why its own key cannot be sent, in words; null where it can, or has none. */
  readonly lack: string | null;
  /** What to look at where it does not answer. */
  readonly setBy: string;
}

/** Of the settings, with the key that this environment has for it, if any. */
function ownPlace(
  { settings, environment }: Patient,
  { api, setting, variable }: (typeof KEYS)[number],
): Place {
  const url = settings[setting];
  const key = keyFor(environment[variable], url.hostname);
  const subject = `${api} at ${url.host}`;
  const upstream = defaultUpstream(api, baseUrlOf(url));
  const header = api === 'anthropic' ? 'x-api-key' : 'authorization';
  const headers = headersFor({ ...upstream, keyHeader: header }, key);
  return { subject, base: url, headers, key: key && variable, lack: null, setBy: setting };
}

/** One that was added, with its own key: as far as it can be read here, where the server may not run. */
function addedPlace({ environment }: Patient, upstream: Upstream): Place {
  const { name, base } = upstream;
  const clock = systemClock;
  const reader = new KeyReader({ environment, readFile: readSmallFile, clock });
  const { key, lack } = keyAt(reader, upstream);
  const subject = `upstream ${name} at ${base.host}`;
  const place = upstream.key && placeOf(upstream.key);
  return {
    subject,
    base,
    headers: headersFor(upstream, key),
    key: key && place,
    lack,
    setBy: `"tokenwatch upstream list"`,
  };
}

/** The key, or why there is none where one is to be. */
function keyAt(reader: KeyReader, upstream: Upstream): Pick<Place, 'lack'> & { readonly key: string | null } {
  try {
    return { key: reader.keyOf(upstream), lack: null };
  } catch (error) {
    return { key: null, lack: (error as Error).message };
  }
}

function headersFor(upstream: Upstream, key: string | null): Readonly<Record<string, string>> {
  const candidate: Candidate = { upstream, model: null, state: 'closed', rest: null, takesClientKey: false };
  const version = upstream.api === 'anthropic' ? ['anthropic-version', '2023-06-01'] : [];
  return Object.fromEntries(headerPairs(headersAt(candidate, version, key)));
}

/** Its list of models: a request that costs nothing. */
async function askUpstream(patient: Patient, place: Place): Promise<Asked> {
  const { subject, base, headers, key, lack, setBy } = place;
  try {
    const answer = await egressFetch(egressOf(patient))(base.origin + joinUpstreamPath(base, '/v1/models'), {
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get('date') ?? '');
    const told = findingOf(answer.status, key, setBy);
    return {
      finding: { subject, ...(lack === null ? told : lacking(told.found, lack)) },
      dateMs: date || null,
    };
  } catch (error) {
    const found = `no answer (${reasonOf(error)})`;
    const advice = `Look at ${setBy}, at the network, and at HTTPS_PROXY and NO_PROXY.`;
    return { finding: { subject, verdict: 'fault', found, advice }, dateMs: null };
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const { code = '' } = cause as NodeJS.ErrnoException;
  // OpenSSL's own words are a line of its source.
  if (/SSL|EPROTO/.test(code)) return `${code}: it does not speak TLS there, or not ours`;
  return cause instanceof Error ? cause.message : String(cause);
}

function findingOf(status: number, key: string | null, setBy: string): Omit<Finding, 'subject'> {
  if (status === 401 || status === 403) {
    if (key === null) return { verdict: 'ok', found: `answers (${status}: no key was sent)`, advice: null };
    const advice = 'It may be of another provider, or revoked: applications that use it are refused.';
    return { verdict: 'warning', found: `refuses the key of ${key} (${status})`, advice };
  }
  if (status === 407) {
    const advice = 'Write its user and password into HTTPS_PROXY (http://user:password@host:port).';
    return { verdict: 'fault', found: 'the egress proxy asks for a login (407)', advice };
  }
  if (status === 404) {
    const advice = `It has no list of models, or its path is wrong: look at ${setBy}.`;
    return { verdict: 'note', found: 'answers (404)', advice };
  }
  if (status >= 300 && status < 400) {
    const advice = `Redirects are not followed: look at ${setBy}.`;
    return { verdict: 'warning', found: `sends elsewhere (${status})`, advice };
  }
  if (status >= 500) {
    const advice = 'Something is wrong there, or on the way: applications get such answers, too.';
    return { verdict: 'warning', found: `answers with an error (${status})`, advice };
  }
  return { verdict: 'ok', found: `answers (${status})`, advice: null };
}

/** The server may have another environment than this command. */
function lacking(found: string, lack: string): Omit<Finding, 'subject'> {
  const advice =
    'Requests there fail with upstream_key_missing: give it where the server runs, and "tokenwatch reload". "tokenwatch upstream list" tells what the server has.';
  return { verdict: 'warning', found: `${found}. ${lack.replace(/\.$/, '')}`, advice };
}

function clockOf(dates: readonly number[], nowMs: number): Finding {
  const subject = 'clock';
  const [date] = dates;
  if (date === undefined)
    return { subject, verdict: 'note', found: 'nobody answered whose clock could be compared', advice: null };
  const seconds = Math.round((nowMs - date) / 1000);
  if (Math.abs(nowMs - date) <= SKEW_MS_MAX)
    return { subject, verdict: 'ok', found: `within a minute of the upstreams’`, advice: null };
  const found = `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} an upstream’s`;
  const advice = 'Periods of budgets and dated prices go by it: set it (timedatectl set-ntp true).';
  return { subject, verdict: 'warning', found, advice };
}

/** Each address that something is sent to, as the server would read the settings and the standard variables. */
async function askCollectors({ settings, environment }: Patient): Promise<readonly Finding[]> {
  let config: OtelConfig | null;
  try {
    const endpoint = givenSetting('TOKENWATCH_OTEL_ENDPOINT', settings, environment);
    config = otelConfig({ endpoint, serviceName: null, version: '', instanceId: '' }, environment);
  } catch (error) {
    const advice = 'The server does not start with it: mend it, or take it away.';
    return [{ subject: 'OpenTelemetry', verdict: 'fault', found: (error as Error).message, advice }];
  }
  if (config === null) {
    const found = 'TOKENWATCH_OTEL_ENABLED is true, and the standard variables switch everything off';
    const advice = 'See OTEL_SDK_DISABLED and OTEL_…_EXPORTER.';
    return [{ subject: 'OpenTelemetry', verdict: 'warning', found, advice }];
  }
  const signals = [config.traces, config.metrics, config.logs].filter((signal) => signal !== null);
  const origins = new Set(signals.map(({ url }) => new URL(url).origin));
  return Promise.all([...origins].map(askCollector));
}

async function askCollector(origin: string): Promise<Finding> {
  const subject = `collector at ${origin}`;
  const reason = await whyNoConnection(origin);
  if (reason === null) return { subject, verdict: 'ok', found: 'takes connections', advice: null };
  const advice =
    'Traffic goes on without it, and what it should get is dropped: start it, or look at TOKENWATCH_OTEL_ENDPOINT.';
  return { subject, verdict: 'warning', found: `no connection (${reason})`, advice };
}

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'socks5:': 1080, 'socks:': 1080 };

/** Null where something listens there. */
async function whyNoConnection(address: string): Promise<string | null> {
  const { hostname, port, protocol } = new URL(address);
  const socket = connect(Number(port) || (PORTS[protocol] ?? 80), hostname.replace(/^\[|\]$/g, ''));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    socket.destroy();
  }
}
