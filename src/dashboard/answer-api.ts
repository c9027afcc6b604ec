// Answers the JSON API: lets the visitor in or not, and asks whoever knows.

import type { IncomingMessage } from 'node:http';
import { type CameIn, type Door, loginRequired } from '../access/login/door.ts';
import { isAnotherUser, peerUser } from '../access/login/peer-user.ts';
import type { Visitor } from '../access/login/role.ts';
import { TokenWatchError } from '../core/errors.ts';
import type { ApiFront } from './api-front.ts';
import type { Answer, Input } from './handlers/handlers.ts';
import type { EndpointName, HandledName } from './paths.ts';
import { neededRole, PERMISSIONS } from './permissions.ts';
import type { ApiRequest } from './router.ts';

export interface ApiAnswerOptions {
  /** Answers an endpoint that was found, for a visitor who may ask it, with its input checked. */
  readonly handle: (name: HandledName, input: unknown, visitor: Visitor) => Promise<unknown>;
  readonly door: Door;
  /** The largest body that is read. */
  readonly bodyBytesMax: number;
}

const SESSION_PATH = /^\/api(?:\/v1)?\/session$/;
/** What strangers may ask, too. */
const OWN_SESSION: ReadonlySet<EndpointName> = new Set(['session', 'sessionBegin', 'sessionEnd']);
const LOGIN_BYTES_MAX = 16 * 1024;

type ApiAnswer = {
  readonly value: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
};

/** Answers a request of the API for whoever sends it. Throws why it does not. */
export async function answerApi(
  { door, handle, bodyBytesMax }: ApiAnswerOptions,
  api: ApiFront,
  asked: Omit<ApiRequest, 'body'>,
  request: IncomingMessage,
): Promise<ApiAnswer> {
  const come = door.visitorOf(request);
  // Who has to log in hears of nothing else, and sends no more than a password.
  const isStranger = come === null;
  if (isStranger && !SESSION_PATH.test(asked.path)) throw loginRequired();
  const bytesMax = isStranger ? LOGIN_BYTES_MAX : bodyBytesMax;
  const { name, input } = await api.asked({
    ...asked,
    admit: (found) => {
      if (!OWN_SESSION.has(found)) door.admit(come, PERMISSIONS[found].role);
    },
    body: () => readBody(request, bytesMax),
  });
  if (name === 'session') return { value: door.tell(come) };
  if (name === 'sessionEnd') {
    const { cookies, leaveUrl } = door.logOut(request);
    return { value: { ...door.tell(null), leaveUrl }, headers: { 'set-cookie': cookies } };
  }
  if (name === 'sessionBegin') return cameIn(door, await door.logIn(request, input as Input<'sessionBegin'>));
  const visitor = door.admit(
    come,
    neededRole(name, input, () => isAnotherUser(peerUser(request.socket))),
  );
  if (name === 'passwordChange')
    return cameIn(door, await door.changePassword(request, visitor, input as Input<'passwordChange'>));
  if (name === 'sessionsEnd') {
    const { user = visitor.name } = input as Input<'sessionsEnd'>;
    return { value: { ended: door.logOutEverywhere(visitor, user === '*' ? null : user) } };
  }
  if (name === 'linkAdd') return { value: { added: { path: door.newLink(visitor) } } };
  if (name === 'users') return { value: { users: door.users() } };
  const value = await handle(name, input, visitor);
  return { value: name === 'request' && visitor.role === 'viewer' ? withoutContent(value) : value };
}

function cameIn(door: Door, { visitor, cookies }: CameIn): ApiAnswer {
  return { value: door.tell(visitor), headers: { 'set-cookie': cookies } };
}

/** Viewers see figures, and not what was said. */
function withoutContent(answer: unknown): unknown {
  return { ...(answer as Answer<'request'>), stored: null };
}

/** One that is packed, or too large, is read to its end, and dropped: its client hears why only then. */
async function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  const coding = request.headers['content-encoding']?.trim() ?? 'identity';
  const isPlain = /^identity$|^$/i.test(coding);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (isPlain && bytes <= bytesMax) chunks.push(chunk);
  }
  if (!isPlain)
    throw new TokenWatchError(
      'invalid_argument',
      `The body comes with content-encoding "${coding}", and nothing is unpacked here: send it as it is.`,
    );
  if (bytes <= bytesMax) return Buffer.concat(chunks);
  throw new TokenWatchError('body_too_large', `The body is larger than ${bytesMax} bytes.`);
}
