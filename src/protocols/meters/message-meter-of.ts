// Which meter counts a WebSocket, at either mount.

import type { Endpoint, MessageMeter } from '../../core/protocol.ts';
import { RealtimeMeter } from '../openai/realtime-meter.ts';
import { ResponsesSocketMeter } from '../openai/responses-socket-meter.ts';
import { GeminiLiveMeter } from '../others/gemini-live-meter.ts';

/** Null where nothing is to be counted. */
export function messageMeterOf({ name }: Pick<Endpoint, 'name'>): MessageMeter | null {
  if (name === 'realtime') return new RealtimeMeter();
  if (name === 'responses') return new ResponsesSocketMeter();
  return name === 'gemini/live' ? new GeminiLiveMeter() : null;
}
