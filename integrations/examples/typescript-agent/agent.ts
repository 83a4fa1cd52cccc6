// An agent with the MCP TypeScript SDK whose server is started through agentmesh: reads a file, and tries what it must not.
//
//     node --experimental-strip-types agent.ts DIRECTORY [SERVER [ARG…]]      (Node 22.6 or newer; or compile it with tsc)

import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

interface Result {
  content: { type: string; text: string }[];
  isError?: boolean;
  _meta?: Record<string, { decision: string }>;
}

const directory: string = resolve(process.argv[2] ?? ".");
const given: string[] = process.argv.slice(3);
const command: string[] =
  given.length > 0 ? given : ["npx", "-y", "@modelcontextprotocol/server-filesystem", directory];

// The only difference to starting the server directly: agentmesh is the command, the server's stands behind "--".
const transport = new StdioClientTransport({
  command: process.env.AGENTMESH ?? "agentmesh",
  args: ["proxy", "--name", "files", "--policy", "moderate", "--", ...command],
  env: { ...process.env } as Record<string, string>,
});
const client = new Client({ name: "typescript-agent", version: "1.0.0" });
await client.connect(transport);

const { tools } = await client.listTools();
console.log("tools:", tools.map((tool) => tool.name).join(", "));

writeFileSync(join(directory, "hello.txt"), "Hello from a file.\n");
const read = (await client.callTool({
  name: "read_text_file",
  arguments: { path: join(directory, "hello.txt") },
})) as unknown as Result;
console.log("read:", read.content[0].text.trim());
console.log("mark:", read._meta?.["io.agentmesh/verification"].decision);

const stolen = (await client.callTool({
  name: "read_text_file",
  arguments: { path: directory + "/../../../../etc/passwd" },
})) as unknown as Result;
console.log(stolen.isError ? "denied:" : "READ IT:", stolen.content[0].text.split("\n")[0]);
await client.close();
