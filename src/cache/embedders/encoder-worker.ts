// The worker thread of the embedders: loads the encoder that it is told to, and answers one text after another.

import { parentPort, workerData } from 'node:worker_threads';
import { TokenWatchError } from '../../core/errors.ts';
import type { Encoder, EncoderCall, EncoderChoice, EncoderReply, EncoderThread } from './encoder.ts';
import { workInside } from './native-work.ts';

const port = parentPort;
if (port === null) throw new Error('the encoder must run as a worker thread');
const { choice, flags } = workerData as EncoderThread;
const reply = (message: EncoderReply): void => port.postMessage(message);

async function open(choice: EncoderChoice): Promise<Encoder> {
  if (choice.kind === 'local') return (await import('./local/minilm-encoder.ts')).openMinilm();
  return (await import('./transformers-encoder.ts')).openTransformers(choice.model);
}

async function answer(encoder: Encoder, { call, text }: EncoderCall): Promise<EncoderReply> {
  try {
    return { type: 'vector', call, vector: await workInside(flags, () => encoder.encode(text)) };
  } catch (error) {
    const code =
      error instanceof TokenWatchError && error.code === 'unembeddable' ? error.code : 'embedder_failed';
    return { type: 'failure', call, code, message: messageOf(error) };
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

try {
  const encoder = await workInside(flags, () => open(choice));
  let earlier = Promise.resolve();
  port.on('message', (call: EncoderCall) => {
    earlier = earlier.then(async () => reply(await answer(encoder, call)));
  });
  reply({ type: 'ready', id: encoder.id, dimensions: encoder.dimensions });
} catch (error) {
  reply({ type: 'unusable', message: messageOf(error) });
}
