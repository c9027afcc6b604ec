// `tokenwatch upstream test`: asks an upstream for its models, and says what is wrong in words.

import { systemClock } from '../../../core/clock.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { baseUrlOf, DEFAULT_UPSTREAM, defaultUpstream, type Upstream } from '../../../core/upstream.ts';
import { upstreamOf } from '../../../policy/upstream-definition.ts';
import { readSmallFile } from '../../../runtime/small-file.ts';
import { egressProxies } from '../../../upstream/egress.ts';
import { Forwarder } from '../../../upstream/forward.ts';
import { KeyReader } from '../../../upstream/keys.ts';
import { describeProbe, probe } from '../../../upstream/probe.ts';
import { optionText } from '../../budgets.ts';
import { type Command, type CommandContext, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';

const SILENCE_MS = 30_000;

export const upstreamTest: Command = {
  name: 'upstream test',
  summary: 'ask an upstream for its models: does it answer, and take its key?',
  argument: '[name]',
  options: [
    {
      flags: '--api <api>',
      about: 'of the two named "default", which one',
      standard: 'anthropic',
      choices: ['anthropic', 'openai'],
    },
    JSON_OPTION,
  ],
  examples: ['tokenwatch upstream test backup', 'tokenwatch upstream test default --api openai'],
  async run(context) {
    const upstream = await find(context, nameOf(context, 'upstream'));
    const keys = new KeyReader({
      environment: context.environment(),
      readFile: readSmallFile,
      clock: systemClock,
    });
    const forwarder = new Forwarder({
      connectTimeoutMs: context.settings().TOKENWATCH_CONNECT_TIMEOUT,
      silenceTimeoutMs: SILENCE_MS,
      proxies: egressProxies(context.environment()),
    });
    try {
      const result = await probe(forwarder, upstream, keys.keyOf(upstream));
      const works = result.error === null && (result.status ?? 500) < 400;
      const said = describeProbe(upstream, result);
      if (context.options.json) {
        const { status, latencyMs, models, error } = result;
        const code = error?.code ?? null;
        context.print(
          JSON.stringify({ name: upstream.name, works, status, latencyMs, models, code, said }, null, 2),
        );
      } else if (works) context.print(said);
      if (!works && !context.options.json) throw new TokenWatchError('upstream_connect_failed', said);
    } finally {
      await forwarder.close();
    }
  },
};

async function find(context: CommandContext, name: string): Promise<Upstream> {
  const settings = context.settings();
  if (name === DEFAULT_UPSTREAM)
    return optionText(context, 'api') === 'openai'
      ? defaultUpstream('openai', baseUrlOf(settings.TOKENWATCH_OPENAI_URL))
      : defaultUpstream('anthropic', baseUrlOf(settings.TOKENWATCH_ANTHROPIC_URL));
  const { upstreams } = await ask(context, 'upstream', { name });
  const [definition] = upstreams;
  if (definition === undefined) throw new Error('an upstream that was found has a row');
  return upstreamOf(name, definition, 0);
}
