// stdio_of_http.mjs URL: a stdio server whose every message goes to an HTTP endpoint and back, by the SDK's transports at both ends.
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const there = new StreamableHTTPClientTransport(new URL(process.argv[2]));
const here = new StdioServerTransport();
let order = Promise.resolve(); // initialize has to be answered before the next message brings its session id
here.onmessage = (message) => {
  order = order.then(() => there.send(message)).catch((error) => {
    if (message.id !== undefined && message.method) here.send({ jsonrpc: "2.0", id: message.id, error: { code: -32000, message: String(error) } });
  });
};
there.onmessage = (message) => {
  if (message.result?.protocolVersion) there.setProtocolVersion(message.result.protocolVersion);
  here.send(message);
};
process.stdin.on("end", () => there.close().finally(() => process.exit(0)));
await there.start();
await here.start();
