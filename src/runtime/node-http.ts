// Node's HTTP, taken as it is. An `import` of it reads each of its exports for their names, and so loads the whole of
// `fetch` and `WebSocket`, of which nothing here makes use: 60 ms of a start, and 25 ms of each further thread.

export const http = process.getBuiltinModule('node:http');
