// How much of a body is read, and where.

/** A long conversation of an agent has a tenth of it; others would wait while more is handed over and looked at. */
export const MEMBERS_MAX = 50_000;
/** Larger bodies are read in another thread. Below it, reading takes a millisecond or two. */
export const AT_ONCE_BYTES_MAX = 256 * 1024;
