// What lies outside: the upstreams and their keys, the way to them, the collector, and the clock that they go by.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Finding } from '../core/finding.ts';
import { givenSetting } from '../settings.ts';
import { type OtelConfig, otelConfig } from '../telemetry/otel/otel-config.ts';
import { describeEgress, egressFetch, egressProxies } from '../upstream/egress.ts';
import { foreignKeyAt, providerAt } from '../upstream/foreign-keys.ts';
import { joinUpstreamPath } from '../upstream/join-url.ts';
import type { CheckUp, Patient } from './check-up.ts';

const ANSWER_MS = 5000;
const SKEW_MS_MAX = 60_000;
const ENDED_KEYS = new Set([401, 403]);

const APIS = [
  { name: 'anthropic', setting: 'TOKENWATCH_ANTHROPIC_URL', key: 'ANTHROPIC_API_KEY' },
  { name: 'openai', setting: 'TOKENWATCH_OPENAI_URL', key: 'OPENAI_API_KEY' },
] as const;

export const network: CheckUp = {
  name: 'Network',
  isNeeded: () => true,
  run: async (patient) => {
    const egress = egressProxies(patient.environment);
    const found = egress === null ? 'none: upstreams are reached directly' : describeEgress(egress);
    const upstreams = await Promise.all(APIS.map((api) => askUpstream(patient, api)));
    const dates = upstreams.flatMap(({ dateMs }) => (dateMs === null ? [] : [dateMs]));
    return [
      { subject: 'egress proxy', verdict: 'ok', found, advice: null },
      ...upstreams.map(({ finding }) => finding),
      clockOf(dates, patient.nowMs()),
      ...(patient.settings.TOKENWATCH_OTEL_ENABLED ? await askCollectors(patient) : []),
    ];
  },
};

interface Asked {
  readonly finding: Finding;
  /** By its clock. */
  readonly dateMs: number | null;
}

/** Its list of models: a request that costs nothing. With the key that this environment has for it, if any. */
async function askUpstream(
  { settings, environment }: Patient,
  { name, setting, key: keyName }: (typeof APIS)[number],
): Promise<Asked> {
  const url = settings[setting];
  const key = ownKey(environment[keyName], url.hostname);
  const subject = `${name} at ${url.host}`;
  const headers: Record<string, string> = { 'anthropic-version': '2023-06-01' };
  if (key !== null && name === 'anthropic') headers['x-api-key'] = key;
  else if (key !== null) headers.authorization = `Bearer ${key}`;
  try {
    const answer = await egressFetch(egressProxies(environment))(
      url.origin + joinUpstreamPath(url, '/v1/models'),
      { headers, redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) },
    );
    await answer.body?.cancel();
    const date = Date.parse(answer.headers.get('date') ?? '');
    return {
      finding: findingOf(subject, answer.status, key === null ? null : keyName),
      dateMs: date || null,
    };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const found = `no answer (${cause instanceof Error ? cause.message : String(cause)})`;
    const advice = `Look at ${setting}, at the network, and at HTTPS_PROXY and NO_PROXY.`;
    return { finding: { subject, verdict: 'fault', found, advice }, dateMs: null };
  }
}

/** A key that has the form of another provider's is not shown to this one. */
function ownKey(key: string | undefined, hostname: string): string | null {
  if (!key) return null;
  const receiver = providerAt(hostname);
  return receiver !== null && foreignKeyAt(receiver, ['x-api-key', key], '') !== null ? null : key;
}

function findingOf(subject: string, status: number, keyName: string | null): Finding {
  if (!ENDED_KEYS.has(status)) return { subject, verdict: 'ok', found: `answers (${status})`, advice: null };
  if (keyName === null)
    return { subject, verdict: 'ok', found: `answers (${status}: no key was sent)`, advice: null };
  const advice = 'It may be of another provider, or revoked: applications that use it are refused.';
  return { subject, verdict: 'warning', found: `refuses the key of ${keyName} (${status})`, advice };
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
  try {
    const { hostname, port, protocol } = new URL(origin);
    const socket = connect(
      Number(port) || (protocol === 'https:' ? 443 : 80),
      hostname.replace(/^\[|\]$/g, ''),
    );
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(ANSWER_MS) });
    } finally {
      socket.destroy();
    }
    return { subject, verdict: 'ok', found: 'takes connections', advice: null };
  } catch (error) {
    const advice =
      'Traffic goes on without it, and what it should get is dropped: start it, or look at TOKENWATCH_OTEL_ENDPOINT.';
    return { subject, verdict: 'warning', found: `no connection (${(error as Error).message})`, advice };
  }
}
