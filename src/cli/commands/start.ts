// `tokenwatch start`: the proxy, until Ctrl-C.

import { once } from 'node:events';
import { type App, startApp } from '../../app.ts';
import type { Settings } from '../../settings.ts';
import { describeEgress, egressProxies } from '../../upstream/egress.ts';
import type { Command, CommandContext } from '../command.ts';
import { onHangupSignal } from '../interrupt.ts';
import { surviveFaults } from '../last-resort.ts';
import { reportLines } from '../reload-report.ts';
import { settingLines } from '../setting-lines.ts';
import { bold } from '../table.ts';

export const start: Command = {
  name: 'start',
  summary: 'start the proxy and the dashboard',
  options: [
    { flags: '--host <address>', about: 'TOKENWATCH_HOST' },
    { flags: '--port <port>', about: 'TOKENWATCH_PROXY_PORT' },
    { flags: '--dashboard-port <port>', about: 'TOKENWATCH_DASHBOARD_PORT' },
    { flags: '--anthropic-url <url>', about: 'TOKENWATCH_ANTHROPIC_URL' },
    { flags: '--openai-url <url>', about: 'TOKENWATCH_OPENAI_URL' },
    { flags: '--data-dir <folder>', about: 'TOKENWATCH_DATA_DIR' },
    { flags: '--prices <file>', about: 'TOKENWATCH_PRICES' },
    {
      flags: '--require-database',
      about: 'TOKENWATCH_REQUIRE_DATABASE: end where the database does not answer',
    },
    { flags: '--log-format <format>', about: 'TOKENWATCH_LOG_FORMAT: pretty or json' },
  ],
  examples: ['tokenwatch start', 'tokenwatch start --openai-url https://api.openai.com/v1 --port 9000'],
  more: () => [
    '',
    'Settings, from the environment or a .env file, with their defaults (flags win):',
    ...settingLines(),
  ],
  async run(context) {
    const settings = context.settings();
    const app = await startApp({
      settings,
      environment: context.environment(),
      hurry: context.hurry,
      readAgain: () => ({ settings: context.settings(), environment: context.environment() }),
    });
    const forget = onHangupSignal(() => void reloaded(app, context, settings));
    const proxies = egressProxies(context.environment());
    const proxied = proxies === null ? '' : `\nThrough a proxy   ${describeEgress(proxies)}`;
    const isTls = app.proxyUrl.startsWith('https:');
    const trust = isTls
      ? '\nCertificate       clients must trust it: NODE_EXTRA_CA_CERTS or SSL_CERT_FILE, where its issuer is your own'
      : '';
    if (settings.TOKENWATCH_LOG_FORMAT === 'pretty')
      context.print(`${bold('TokenWatch')} ${context.version} is running. Point your applications at it:

  export ANTHROPIC_BASE_URL=${app.proxyUrl}/anthropic
  export OPENAI_BASE_URL=${app.proxyUrl}/openai/v1

Dashboard         ${app.dashboardUrl}
With all rights   ${app.dashboardLink} (works once; "tokenwatch open" prints another)
Anthropic goes to ${settings.TOKENWATCH_ANTHROPIC_URL.href}
OpenAI goes to    ${settings.TOKENWATCH_OPENAI_URL.href}
Records are in    ${settings.TOKENWATCH_DATA_DIR}${proxied}${trust}

Next: "tokenwatch tail" shows requests as they happen, "tokenwatch stats" sums them up,
"tokenwatch demo" needs no API key. Ctrl-C stops.`);
    const giveUp = surviveFaults();
    if (!context.signal.aborted) await once(context.signal, 'abort');
    forget();
    await app.close();
    if (app.hasLostRecords) process.exitCode = 1;
    giveUp();
  },
};

/** The log has faults and JSON; for people, this says what is in force. */
async function reloaded(app: App, context: CommandContext, settings: Settings): Promise<void> {
  const report = await app.reload();
  if (settings.TOKENWATCH_LOG_FORMAT !== 'pretty') return;
  for (const line of reportLines(report)) context.print(line);
}
