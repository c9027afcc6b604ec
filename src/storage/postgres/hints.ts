// Hears what other instances change: a connection that listens, and comes back when it is lost. What is said while it
// is away is not heard; whoever needs to know looks at the versions as well.

import { Socket } from 'node:net';
import pg from 'pg';

export const CHANNEL = 'tokenwatch';
const AGAIN_MS = 1000;

export class PostgresHints {
  readonly #url: string;
  readonly #tell: (topic: string) => void;
  /** Of the connection, from before it is one. */
  #socket: Socket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(url: string, tell: (topic: string) => void) {
    this.#url = url;
    this.#tell = tell;
  }

  async listen(): Promise<void> {
    if (this.#isClosed) return;
    const socket = new Socket();
    this.#socket = socket;
    const client = new pg.Client({
      connectionString: this.#url,
      stream: () => socket,
      application_name: 'tokenwatch (listens)',
      keepAlive: true,
      connectionTimeoutMillis: 5000,
    });
    let isOver = false;
    const again = (): void => {
      if (isOver) return;
      isOver = true;
      void client.end().catch(() => undefined);
      if (!this.#isClosed) this.#timer = setTimeout(() => void this.listen(), AGAIN_MS).unref();
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload }) => this.#tell(payload ?? ''));
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch {
      // Hints come again when the database does; others say that it is away.
      again();
    }
  }

  /** Whatever it waits for, of a server that may say nothing more: what only listens leaves nothing undone. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.destroy();
  }
}
