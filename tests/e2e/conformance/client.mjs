// client.mjs [PROXY ARG… --] URL: what the conformance suite runs as "the client": an SDK client on stdio, a proxy before its server if one
// is named, and stdio_of_http.mjs as that server.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const words = process.argv.slice(2);
const url = words.pop();
const command = [...words, process.execPath, new URL("stdio_of_http.mjs", import.meta.url).pathname, url];
const client = new Client({ name: "conformance-client", version: "1.0.0" }, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
client.setRequestHandler(ElicitRequestSchema, () => ({ action: "accept", content: {} }));
await client.connect(new StdioClientTransport({ command: command[0], args: command.slice(1), stderr: "inherit", env: process.env }));
const { tools } = await client.listTools().catch(() => ({ tools: [] }));
for (const { name } of tools) await client.callTool({ name, arguments: name === "add_numbers" ? { a: 5, b: 3 } : {} });
await client.close();
