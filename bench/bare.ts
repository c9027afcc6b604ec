// The least that a proxy which reads what passes can do: node:http in front, undici's dispatch behind, both
// bodies parsed: a JSON document, or each event's data.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent } from 'undici';

const origin = process.argv[2] ?? '';
const agent = new Agent({ connections: null });

function readAnswer(text: string, isStream: boolean): void {
  if (!isStream) JSON.parse(text);
  else for (const line of text.split('\n\n')) if (line.startsWith('data: {')) JSON.parse(line.slice(6));
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    JSON.parse(body.toString());
    const answer: Buffer[] = [];
    let isStream = false;
    const headers = { 'content-type': 'application/json' };
    agent.dispatch(
      { origin, path: '/v1/chat/completions', method: 'POST', headers, body },
      {
        onRequestStart() {},
        onResponseStart(_controller, status, head) {
          isStream = head['content-type'] === 'text/event-stream';
          response.writeHead(status, head);
        },
        onResponseData(_controller, chunk) {
          answer.push(chunk);
          response.write(chunk);
        },
        onResponseEnd() {
          response.end();
          readAnswer(Buffer.concat(answer).toString(), isStream);
        },
        onResponseError: () => response.destroy(),
      },
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`URL=http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
