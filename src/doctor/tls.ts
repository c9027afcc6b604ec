// The certificates of the ports, where they speak TLS.

import type { Finding } from '../core/finding.ts';
import type { Settings } from '../settings.ts';
import { readCertificate } from '../tls/certificate.ts';
import { type Port, tlsFilesOf } from '../tls/tls-files.ts';
import type { CheckUp } from './check-up.ts';

const PORTS = ['proxy', 'dashboard'] as const;

export const tls: CheckUp = {
  name: 'TLS',
  isNeeded: (settings) => PORTS.some((port) => tlsFilesOf(settings, port) !== null),
  run: async ({ settings, nowMs }) => PORTS.flatMap((port) => findingsOf(settings, port, nowMs())),
};

function findingsOf(settings: Settings, port: Port, nowMs: number): readonly Finding[] {
  const subject = `the ${port}’s port`;
  const files = tlsFilesOf(settings, port);
  if (files === null) return [{ subject, verdict: 'note', found: 'speaks plain HTTP', advice: null }];
  try {
    const { endsAtMs, warnings } = readCertificate(files, nowMs);
    const found = `its certificate ends on ${new Date(endsAtMs).toISOString().slice(0, 10)}`;
    const good: Finding = { subject, verdict: 'ok', found, advice: null };
    return warnings.length === 0
      ? [good]
      : warnings.map((advice) => ({ subject, verdict: 'warning', found, advice }));
  } catch (error) {
    const advice = error instanceof Error ? error.message : String(error);
    return [{ subject, verdict: 'fault', found: 'its certificate cannot be used', advice }];
  }
}
