// The least that a proxy can do: node:http in front, undici's dispatch behind, both JSON bodies parsed.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';

const origin = process.argv[2] ?? '';
const agent = new Agent({ connections: null });

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    JSON.parse(body.toString());
    const answer: Buffer[] = [];
    const headers = { 'content-type': 'application/json' };
    agent.dispatch(
      { origin, path: '/v1/chat/completions', method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart: (_controller, status, head) => void response.writeHead(status, head),
        onResponseData: (_controller, chunk) => {
          answer.push(chunk);
          response.write(chunk);
        },
        onResponseEnd: () => {
          response.end();
          JSON.parse(Buffer.concat(answer).toString());
        },
        onResponseError: () => response.destroy(),
      },
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`URL=http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
