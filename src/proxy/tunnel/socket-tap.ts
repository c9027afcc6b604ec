// Reads the messages that one side sends over a WebSocket, from a copy of its bytes. The bytes themselves pass
// elsewhere, untouched; a fault in here costs this session's figures and nothing else.

import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { HeldRoom, type HeldShare } from '../../core/held-room.ts';
import { isExpandedTooFar } from '../content-codings.ts';

/** Public parts of ws that its type package leaves out: its parser of frames, and its compression. */
interface FrameParts {
  /** Throws a SyntaxError. Names of extensions, each with its offers. */
  readonly extension: { parse(header: string): Readonly<Record<string, readonly ExtensionOffer[]>> };
  readonly PerMessageDeflate: {
    readonly extensionName: string;
    new (options: { isServer: boolean; maxPayload: number }): Deflate;
  };
  /** Emits `message` (data, isBinary), and `conclude` for a close frame. */
  readonly Receiver: new (options: {
    isServer: boolean;
    extensions: Readonly<Record<string, Deflate>>;
    maxPayload: number;
    maxFragments: number;
    skipUTF8Validation: boolean;
  }) => Writable;
}
type Decompressed = (error: Error | null, bytes?: Buffer) => void;
type ExtensionOffer = Readonly<Record<string, unknown>>;
interface Deflate {
  /** Throws where the parameters are not acceptable. */
  accept(offers: readonly ExtensionOffer[]): unknown;
  decompress(data: Buffer, isLast: boolean, done: Decompressed): void;
  cleanup(): void;
}
const { extension, PerMessageDeflate, Receiver } = ws as unknown as FrameParts;

/** As of an event of a stream. Past it the copy is given up. */
const MESSAGE_BYTES_MAX = 12 * 1024 * 1024;
/** Of one message. Each is kept until its last one is here, and weighs a hundred times more than the byte that it may hold. */
const FRAGMENTS_MAX = 10_000;
/** Bytes that may wait for the parser. Past it the copy is given up. */
const WAITING_BYTES_MAX = 16 * 1024 * 1024;

type Sender = 'upstream' | 'client';

interface SocketTapOptions {
  /** The side whose messages these are: a client masks them. */
  readonly sender?: Sender;
  /** For what messages hold until they have ended, of all sessions. */
  readonly room?: HeldRoom;
}

/** As a message of JSON begins. */
const BRACE = 0x7b;

export class SocketTap {
  readonly #receiver: Writable;
  readonly #deflate: Deflate | null;
  #readable = true;
  #sawClose = false;
  #gaveUp = false;
  #encodedBytes = 0;
  #decodedBytes = 0;
  /** A message came that is no text. */
  #sawBytes = false;
  #whenRead: (() => void) | null = null;
  readonly #share: HeldShare;
  /** Of the message that has not ended. */
  #openBytes = 0;

  /** `extensions` is the handshake's `sec-websocket-extensions` answer. Throws for one that is not known. */
  constructor(
    extensions: string | undefined,
    onMessage: (message: Buffer) => void,
    { sender = 'upstream', room = new HeldRoom() }: SocketTapOptions = {},
  ) {
    this.#share = room.share();
    this.#deflate = acceptedDeflate(extensions, sender);
    if (this.#deflate !== null) this.#countUnpacked(this.#deflate);
    this.#receiver = new Receiver({
      isServer: sender === 'client',
      extensions: this.#deflate === null ? {} : { [PerMessageDeflate.extensionName]: this.#deflate },
      maxPayload: MESSAGE_BYTES_MAX,
      maxFragments: FRAGMENTS_MAX,
      skipUTF8Validation: true,
    });
    this.#receiver.on('message', (data: Buffer, isBinary: boolean) => {
      if (!this.#readable) return;
      this.#leaveRoom();
      this.#decodedBytes += data.length;
      if (isExpandedTooFar(this.#encodedBytes, this.#decodedBytes)) {
        this.#drop();
        return;
      }
      // Some servers send their JSON as bytes. What else bytes may be nobody here can read.
      if (isBinary && data[0] !== BRACE) {
        this.#sawBytes = true;
        return;
      }
      try {
        onMessage(data);
      } catch {
        // What was counted so far stands.
        this.#stop();
      }
    });
    this.#receiver.on('conclude', () => {
      this.#sawClose = true;
      this.#stop();
    });
    this.#receiver.on('error', () => this.#giveUp());
    this.#receiver.on('finish', () => this.#stop());
  }

  /** True where what the upstream sent could be read to its end. */
  get readAll(): boolean {
    return !this.#sawBytes && (this.#sawClose || !this.#gaveUp);
  }

  /** True once the upstream has said goodbye. */
  get sawClose(): boolean {
    return this.#sawClose;
  }

  push(bytes: Buffer): void {
    if (!this.#readable) return;
    this.#encodedBytes += bytes.length;
    if (!this.#hasRoom(bytes.length)) return;
    this.#receiver.write(bytes);
    if (this.#receiver.writableLength > WAITING_BYTES_MAX) this.#drop();
  }

  /** Calls `done` once, when everything that arrived has been read. */
  finish(done: () => void): void {
    if (!this.#readable) {
      done();
      return;
    }
    this.#whenRead = done;
    this.#receiver.end();
  }

  #countUnpacked(deflate: Deflate): void {
    const decompress = deflate.decompress.bind(deflate);
    deflate.decompress = (data, isLast, done) =>
      decompress(data, isLast, (error, bytes) => {
        if (this.#hasRoom(bytes?.length ?? 0)) done(error, bytes);
      });
  }

  /** Gives up where there is none. */
  #hasRoom(moreBytes: number): boolean {
    this.#openBytes += moreBytes;
    if (this.#share.holds(this.#openBytes)) return true;
    this.#drop();
    return false;
  }

  #leaveRoom(): void {
    this.#share.leave();
    this.#openBytes = 0;
  }

  /** One message may be being unpacked, and its end would miss what a clean-up takes away. */
  #drop(): void {
    this.#receiver.destroy();
    this.#giveUp();
  }

  #giveUp(): void {
    if (this.#readable) this.#gaveUp = true;
    this.#stop();
  }

  #stop(): void {
    if (!this.#readable) return;
    this.#readable = false;
    this.#leaveRoom();
    if (!this.#receiver.destroyed) this.#deflate?.cleanup();
    this.#whenRead?.();
  }
}

function acceptedDeflate(extensions: string | undefined, sender: Sender): Deflate | null {
  if (extensions === undefined || extensions === '') return null;
  const parameters = extension.parse(extensions)[PerMessageDeflate.extensionName];
  if (parameters === undefined) return null;
  const deflate = new PerMessageDeflate({ isServer: sender === 'client', maxPayload: MESSAGE_BYTES_MAX });
  deflate.accept(parameters);
  return deflate;
}
