// `tokenwatch upstream add`: another place that answers requests.

import { commandVisitor } from '../../../access/login/role.ts';
import { userName } from '../../../access/login/user-name.ts';
import { TokenWatchError } from '../../../core/errors.ts';
import { placeOf } from '../../../upstream/keys.ts';
import { type Command, JSON_OPTION } from '../../command.ts';
import { nameOf } from '../../rules.ts';
import { ask } from '../../server.ts';
import { definitionOf, UPSTREAM_OPTIONS } from '../../upstreams.ts';

export const upstreamAdd: Command = {
  name: 'upstream add',
  summary: 'set another place that answers requests',
  argument: '[name]',
  options: [...UPSTREAM_OPTIONS, JSON_OPTION],
  examples: [
    'tokenwatch upstream add second --api anthropic --url https://api.anthropic.com --key-env SECOND_KEY',
    'tokenwatch upstream add backup --api openai --url https://api.example.com/v1 --key-env EXAMPLE_KEY --priority 200 --model-map gpt-4o=example/gpt-4o',
    "tokenwatch upstream add local --api openai --url http://127.0.0.1:11434/v1 --for-models 'llama*'",
  ],
  async run(context) {
    const name = nameOf(context, 'upstream');
    const definition = definitionOf(context);
    const { key, ...rest } = definition;
    const fields = {
      name,
      ...rest,
      keyEnv: key?.from === 'environment' ? key.name : null,
      keyFile: key?.from === 'file' ? key.name : null,
    };
    await ask(context, 'upstreamAdd', fields).catch(async (error: unknown) => {
      // A server that others reach takes no key's place by its port. Whoever is on the machine may set it.
      if (!(error instanceof TokenWatchError) || error.code !== 'forbidden') throw error;
      const { askStore } = await import('../../../local-api.ts');
      return askStore(context.settings(), commandVisitor(userName()), 'upstreamAdd', fields);
    });
    if (context.options.json) {
      context.print(JSON.stringify({ added: { name, ...definition } }, null, 2));
      return;
    }
    const { sendsClientKey, api } = definition;
    const credentials =
      key !== null
        ? `Its key is read from ${placeOf(key)} where the server runs; clients' own keys do not go there.`
        : sendsClientKey
          ? "The clients' own keys go there, as you said."
          : "It has no key of its own, and clients' own keys go there only if it has the origin that the settings name.";
    context.print(`Upstream "${name}" is set: requests of the ${api} API may go to ${definition.url}.
${credentials}
Try it with "tokenwatch upstream test ${name}".`);
  },
};
