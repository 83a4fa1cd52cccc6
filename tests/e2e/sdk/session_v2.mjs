// The scenario through the 2.x client, @modelcontextprotocol/client.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { answers, CAPABILITIES, Events, keptErrors, scenarios, watch, words } from './scenario.mjs';

const { scenario, negotiate, command, args } = words();
const [served, errors, notifications] = [[], [], new Events()];
const client = new Client({ name: 'session-v2', version: '2.0.0' }, {
  capabilities: CAPABILITIES,
  ...(negotiate ? { versionNegotiation: { mode: negotiate } } : {}),
});
for (const [method, answer] of Object.entries(answers(served))) client.setRequestHandler(method, answer);
client.fallbackNotificationHandler = async notification => notifications.push(notification);
client.onerror = keptErrors(errors);

const transport = new StdioClientTransport({ command, args, stderr: 'inherit' });
await client.connect(transport);
const progress = watch(transport);
const call = (name, input, options) => client.callTool({ name, arguments: input }, options);
await scenarios[scenario]({ client, call, notifications, served, errors, progress });
await client.close();
