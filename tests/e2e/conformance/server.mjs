// A stdio server with the tools, resources and prompts that the MCP conformance suite asks a server for.
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import * as t from "@modelcontextprotocol/sdk/types.js";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=";
const text = (words) => ({ type: "text", text: words });
const image = { type: "image", data: PNG, mimeType: "image/png" };
const pause = () => new Promise((done) => setTimeout(done, 10));
const empty = { type: "object", properties: {} };
const needs = (name) => ({ type: "object", properties: { [name]: { type: "string" } }, required: [name] });

const server = new Server(
  { name: "conformance", version: "1.0.0" },
  { capabilities: { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, prompts: { listChanged: true }, logging: {}, completions: {} } });

const elicit = async (requestedSchema, message, extra) => {
  const { action, content } = await extra.sendRequest({ method: "elicitation/create", params: { message, requestedSchema } }, t.ElicitResultSchema);
  return { action, content };
};
const object = (properties, required) => ({ type: "object", properties, ...(required ? { required } : {}) });
const options = (word) => ["First", "Second", "Third"].map((nth, i) => ({ const: `value${i + 1}`, title: `${nth} ${word}` }));
const plain = ["option1", "option2", "option3"];

// name: [description, inputSchema, what it gives]
const tools = {
  test_simple_text: ["Gives a text.", empty, () => [text("This is a simple text response for testing.")]],
  test_image_content: ["Gives an image.", empty, () => [image]],
  test_audio_content: ["Gives a sound.", empty, () => [{ type: "audio", data: WAV, mimeType: "audio/wav" }]],
  test_embedded_resource: ["Gives a resource.", empty,
    () => [{ type: "resource", resource: { uri: "test://embedded-resource", mimeType: "text/plain", text: "This is an embedded resource content." } }]],
  test_multiple_content_types: ["Gives several things.", empty, () => [text("Multiple content types test:"), image,
    { type: "resource", resource: { uri: "test://mixed-content-resource", mimeType: "application/json", text: '{"test":"data","value":123}' } }]],
  test_tool_with_logging: ["Logs while it works.", empty, async (_, extra) => {
    for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
      await extra.sendNotification({ method: "notifications/message", params: { level: "info", data } });
      await pause();
    }
    return [text("Tool with logging executed successfully")];
  }],
  test_error_handling: ["Fails.", empty, () => { throw new Error("This tool intentionally returns an error for testing"); }],
  test_tool_with_progress: ["Tells how far it is.", empty, async (_, extra) => {
    const progressToken = extra._meta?.progressToken;
    for (const progress of [0, 50, 100]) {
      if (progressToken !== undefined)
        await extra.sendNotification({ method: "notifications/progress", params: { progressToken, progress, total: 100 } });
      await pause();
    }
    return [text(String(progressToken))];
  }],
  test_sampling: ["Asks the model.", needs("prompt"), async ({ prompt }, extra) => {
    const { content } = await extra.sendRequest(
      { method: "sampling/createMessage", params: { messages: [{ role: "user", content: text(prompt) }], maxTokens: 100 } }, t.CreateMessageResultSchema);
    return [text(`LLM response: ${content.text ?? JSON.stringify(content)}`)];
  }],
  test_elicitation: ["Asks the person.", needs("message"), async ({ message }, extra) => {
    const said = await elicit(object({ username: { type: "string", description: "User's response" },
      email: { type: "string", description: "User's email address" } }, ["username", "email"]), message, extra);
    return [text(`User response: ${JSON.stringify(said)}`)];
  }],
  test_elicitation_sep1034_defaults: ["Asks with defaults.", empty, async (_, extra) => {
    const said = await elicit(object({ name: { type: "string", default: "John Doe" }, age: { type: "integer", default: 30 },
      score: { type: "number", default: 95.5 }, status: { type: "string", enum: ["active", "inactive", "pending"], default: "active" },
      verified: { type: "boolean", default: true } }), "Please review these values", extra);
    return [text(`Elicitation completed: action=${said.action}, content=${JSON.stringify(said.content ?? {})}`)];
  }],
  test_elicitation_sep1330_enums: ["Asks for choices.", empty, async (_, extra) => {
    const said = await elicit(object({
      untitledSingle: { type: "string", enum: plain }, titledSingle: { type: "string", oneOf: options("Option") },
      legacyEnum: { type: "string", enum: ["opt1", "opt2", "opt3"], enumNames: ["Option One", "Option Two", "Option Three"] },
      untitledMulti: { type: "array", items: { type: "string", enum: plain } }, titledMulti: { type: "array", items: { anyOf: options("Choice") } },
    }), "Please choose", extra);
    return [text(`Elicitation completed: action=${said.action}, content=${JSON.stringify(said.content ?? {})}`)];
  }],
  json_schema_2020_12_tool: ["Tool with JSON Schema 2020-12 features", {
    $schema: "https://json-schema.org/draft/2020-12/schema", type: "object",
    $defs: { address: { type: "object", properties: { street: { type: "string" }, city: { type: "string" } } } },
    properties: { name: { type: "string" }, address: { $ref: "#/$defs/address" } }, additionalProperties: false }, () => [text("ok")]],
};

const resources = {
  "test://static-text": ["text/plain", { text: "This is the content of the static text resource." }],
  "test://static-binary": ["image/png", { blob: PNG }],
  "test://watched-resource": ["text/plain", { text: "Watched." }],
};

const prompts = {
  test_simple_prompt: [[], () => [text("This is a simple prompt for testing.")]],
  test_prompt_with_arguments: [["arg1", "arg2"], ({ arg1, arg2 }) => [text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)]],
  test_prompt_with_embedded_resource: [["resourceUri"], ({ resourceUri }) => [
    { type: "resource", resource: { uri: resourceUri, mimeType: "text/plain", text: "Embedded resource content for testing." } },
    text("Please process the embedded resource above.")]],
  test_prompt_with_image: [[], () => [image, text("Please analyze the image above.")]],
};

server.setRequestHandler(t.ListToolsRequestSchema, () => ({
  tools: Object.entries(tools).map(([name, [description, inputSchema]]) => ({ name, description, inputSchema })) }));
server.setRequestHandler(t.CallToolRequestSchema, async ({ params }, extra) => {
  const tool = tools[params.name];
  if (!tool) throw new t.McpError(t.ErrorCode.InvalidParams, `no tool ${params.name}`);
  try {
    return { content: await tool[2](params.arguments ?? {}, extra) };
  } catch (error) {
    return { isError: true, content: [text(error.message)] };
  }
});
server.setRequestHandler(t.ListResourcesRequestSchema, () => ({
  resources: Object.entries(resources).map(([uri, [mimeType]]) => ({ uri, name: uri.slice(7), description: `Resource ${uri}`, mimeType })) }));
server.setRequestHandler(t.ListResourceTemplatesRequestSchema, () => ({
  resourceTemplates: [{ uriTemplate: "test://template/{id}/data", name: "template", description: "A template", mimeType: "application/json" }] }));
server.setRequestHandler(t.ReadResourceRequestSchema, ({ params: { uri } }) => {
  const made = /^test:\/\/template\/([^/]+)\/data$/.exec(uri);
  if (made) {
    const data = JSON.stringify({ id: made[1], templateTest: true, data: `Data for ID: ${made[1]}` });
    return { contents: [{ uri, mimeType: "application/json", text: data }] };
  }
  if (!resources[uri]) throw new t.McpError(-32002, `no resource ${uri}`);
  const [mimeType, content] = resources[uri];
  return { contents: [{ uri, mimeType, ...content }] };
});
server.setRequestHandler(t.SubscribeRequestSchema, () => ({}));
server.setRequestHandler(t.UnsubscribeRequestSchema, () => ({}));
server.setRequestHandler(t.ListPromptsRequestSchema, () => ({
  prompts: Object.entries(prompts).map(([name, [words]]) => ({ name, description: `Prompt ${name}`,
    arguments: words.map((word) => ({ name: word, description: `Argument ${word}`, required: true })) })) }));
server.setRequestHandler(t.GetPromptRequestSchema, ({ params }) => {
  if (!prompts[params.name]) throw new t.McpError(t.ErrorCode.InvalidParams, `no prompt ${params.name}`);
  return { messages: prompts[params.name][1](params.arguments ?? {}).map((content) => ({ role: "user", content })) };
});
server.setRequestHandler(t.CompleteRequestSchema, () => ({ completion: { values: ["paris", "park", "party"], total: 3, hasMore: false } }));
server.setRequestHandler(t.SetLevelRequestSchema, () => ({}));

await server.connect(new StdioServerTransport());
