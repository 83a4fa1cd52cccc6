// http_of_stdio.mjs COMMAND ARG…: an HTTP endpoint (MCP Streamable HTTP) in front of a stdio server, one process per session. Bytes of
// messages are passed as they are. Prints its port, ends with its stdin.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import http from "node:http";
import readline from "node:readline";

const command = process.argv.slice(2);
const sessions = new Map();

class Session {
  constructor() {
    this.id = randomUUID();
    this.waiting = new Map(); // id of a request -> its stream
    this.stream = null;       // of GET
    this.kept = [];
    this.child = spawn(command[0], command.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    readline.createInterface({ input: this.child.stdout }).on("line", (line) => this.heard(line));
    this.child.on("exit", () => { for (const stream of this.waiting.values()) stream.end(); this.stream?.end(); sessions.delete(this.id); });
  }
  say(line) { this.child.stdin.write(line + "\n"); }
  heard(line) {
    const message = JSON.parse(line);
    const event = `event: message\ndata: ${line}\n\n`;
    if (message.method === undefined && this.waiting.has(message.id)) {
      const stream = this.waiting.get(message.id);
      this.waiting.delete(message.id);
      stream.end(event);
      return;
    }
    // What comes between belongs to a request under way, if there is one.
    const stream = [...this.waiting.values()].at(-1) ?? this.stream;
    if (stream) stream.write(event); else this.kept.push(event);
  }
  end() { this.child.stdin.end(); }
}

const sse = (response, session) => response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", "mcp-session-id": session.id });

// A page of another site must not reach a server on this machine.
const local = (host) => host === undefined || ["localhost", "127.0.0.1", "[::1]"].includes(host.replace(/:\d+$/, ""));
const listener = http.createServer(async (request, response) => {
  const origin = request.headers.origin;
  if (!local(request.headers.host) || (origin !== undefined && !local(new URL(origin).host))) return response.writeHead(403).end();
  let session = sessions.get(request.headers["mcp-session-id"]);
  if (request.method === "POST") {
    let body = "";
    for await (const chunk of request) body += chunk;
    const message = JSON.parse(body);
    if (message.method === "initialize") {
      session = new Session();
      sessions.set(session.id, session);
    }
    if (!session) return response.writeHead(404).end();
    const line = body.includes("\n") ? JSON.stringify(message) : body;
    if (message.id === undefined || message.method === undefined) {
      session.say(line);
      return response.writeHead(202).end();
    }
    sse(response, session).flushHeaders();
    session.waiting.set(message.id, response);
    return session.say(line);
  }
  if (!session) return response.writeHead(404).end();
  if (request.method === "GET") {
    sse(response, session).flushHeaders();
    session.stream = response;
    for (const event of session.kept.splice(0)) response.write(event);
    return request.on("close", () => { if (session.stream === response) session.stream = null; });
  }
  if (request.method === "DELETE") session.end();
  response.writeHead(200).end();
});
listener.listen(0, "127.0.0.1", () => console.log(listener.address().port));
process.stdin.on("end", () => { for (const session of sessions.values()) session.end(); process.exit(0); }).resume();
