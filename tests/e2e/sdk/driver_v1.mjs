// A real client of the 1.x SDK that does what it is told, a line of JSON each: {"name", "arguments"} on stdin is a tool call, its
// {"result"} or {"error"} goes to stdout. With --approve it has a dialog: every question of the server's side is written down as
// {"asked"} and answered with a yes.
//
//     node driver_v1.mjs [--approve] --name NAME -- COMMAND [ARG…]
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const all = process.argv.slice(2);
const at = all.indexOf('--');
const { values } = parseArgs({ args: all.slice(0, at), options: { approve: { type: 'boolean' }, name: { type: 'string' } } });
const print = value => process.stdout.write(JSON.stringify(value) + '\n');

const client = new Client({ name: values.name, version: '1.0.0' }, { capabilities: values.approve ? { elicitation: {} } : {} });
if (values.approve) {
  client.setRequestHandler(ElicitRequestSchema, request => {
    print({ asked: request.params });
    return { action: 'accept', content: { approve: true } };
  });
}
await client.connect(new StdioClientTransport({ command: all[at + 1], args: all.slice(at + 2), stderr: 'inherit' }));
await client.listTools();
print({ connected: client.getServerVersion().name });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    print({ result: await client.callTool(JSON.parse(line)) });
  } catch (error) {
    print({ error: error.message });
  }
}
await client.close();
