// The scenario through the 1.x client, @modelcontextprotocol/sdk.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  CallToolResultSchema, CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { answers, CAPABILITIES, Events, keptErrors, scenarios, watch, words } from './scenario.mjs';

const { scenario, command, args } = words();
const [served, errors, notifications] = [[], [], new Events()];
const client = new Client({ name: 'session-v1', version: '1.0.0' }, { capabilities: CAPABILITIES });
const schemas = [CreateMessageRequestSchema, ElicitRequestSchema, ListRootsRequestSchema];
for (const [index, answer] of Object.values(answers(served)).entries()) client.setRequestHandler(schemas[index], answer);
client.fallbackNotificationHandler = async notification => notifications.push(notification);
client.onerror = keptErrors(errors);

const transport = new StdioClientTransport({ command, args, stderr: 'inherit' });
await client.connect(transport);
const progress = watch(transport);
const call = (name, input, options) => client.callTool({ name, arguments: input }, CallToolResultSchema, options);
await scenarios[scenario]({ client, call, notifications, served, errors, progress });
await client.close();
