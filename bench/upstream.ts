// The benchmark's upstream: answers at once, whole or as a stream. Prints its address.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const WORDS = 'word '.repeat(180);
const USAGE = { prompt_tokens: 200, completion_tokens: 180, total_tokens: 380 };
const whole = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, message: { role: 'assistant', content: WORDS }, finish_reason: 'stop' }],
    usage: USAGE,
  }),
);

const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
    response.end(whole);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`URL=http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
