// What both sessions do with server-everything, and how they write down what the client saw.
//
//     node session_v1.mjs [--scenario everything|approval] [--negotiate auto] -- COMMAND [ARG…]
//
// everything  prints ONE JSON object {server, tools, steps, served, progress, toldOfProgress, notifications, errors}; a step is
//             {name, result} or {name, error}, `served` is what the server asked us, `errors` what the client's onerror heard.
// approval    for a server that is held: prints {held: …} on a line, waits for notifications/tools/list_changed with tools
//             behind it, prints {released: …}.
//
// Nothing in a transcript depends on time: two direct sessions print the same bytes. Texts over 4096 characters stand as their
// length and SHA-256.
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';

const PATIENCE_MS = 20_000; // until something that must come is missed

/** The session's options and the server's command, from the words after the script. */
export function words() {
  const all = process.argv.slice(2);
  const at = all.indexOf('--');
  const { values } = parseArgs({
    args: all.slice(0, at),
    options: { scenario: { type: 'string', default: 'everything' }, negotiate: { type: 'string' } },
  });
  return { ...values, command: all[at + 1], args: all.slice(at + 2) };
}

export const CAPABILITIES = { sampling: {}, elicitation: {}, roots: { listChanged: true } };

/** Fixed answers to what a server may ask, by method; each question is written down in `served`. */
export function answers(served) {
  const seen = (method, answer) => request => {
    served.push({ method, params: request.params });
    return answer(request);
  };
  return {
    'sampling/createMessage': seen('sampling/createMessage', () => ({
      model: 'fixed-model', role: 'assistant', stopReason: 'endTurn', content: { type: 'text', text: 'A fixed completion.' },
    })),
    'elicitation/create': seen('elicitation/create', () => ({ action: 'decline' })),
    'roots/list': seen('roots/list', () => ({ roots: [{ uri: 'file:///srv/project', name: 'project' }] })),
  };
}

/**
 * Progress as it stands on the wire. A client that reads the last notification and the answer in one piece drops the former,
 * and says so in onerror: what it tells its user depends on how the bytes were cut, the wire does not.
 */
export function watch(transport) {
  const progress = [];
  const inner = transport.onmessage;
  transport.onmessage = (message, ...more) => {
    if (message.method === 'notifications/progress') progress.push(message.params);
    inner(message, ...more);
  };
  return progress;
}

export const keptErrors = errors => error => {
  if (!error.message.includes('notification for an unknown token')) errors.push(error.message);
};

/** A place where events are kept and can be waited for. */
export class Events {
  list = [];
  #waiting = [];

  push(event) {
    this.list.push(event);
    this.#waiting = this.#waiting.filter(wait => !wait());
  }

  /** Resolves once `enough(list)` is truthy; rejects when that takes too long. */
  until(what, enough) {
    return new Promise((resolve, reject) => {
      if (enough(this.list)) return resolve();
      const late = setTimeout(() => reject(new Error(`missing: ${what}`)), PATIENCE_MS);
      this.#waiting.push(() => enough(this.list) && (clearTimeout(late), resolve(), true));
    });
  }
}

const abridged = (_, value) =>
  typeof value === 'string' && value.length > 4096
    ? { length: value.length, sha256: createHash('sha256').update(value).digest('hex') }
    : value;

export const print = value => process.stdout.write(JSON.stringify(value, abridged) + '\n');

const failure = error => ({ code: error.code ?? null, message: error.message });

/** Every kind of request once and more; `call(name, args, {onprogress, signal})` evens out what differs between the clients. */
export async function everything({ client, call, notifications, served, errors, progress }) {
  const steps = [];
  const step = async (name, act) => {
    try {
      steps.push({ name, result: await act() });
    } catch (error) {
      steps.push({ name, error: failure(error) });
    }
  };
  // The server reads our roots by itself a moment after the handshake, and tells so.
  await notifications.until('roots read', list => list.some(n => n.method === 'notifications/message'));

  let tools = [];
  await step('tools/list', async () => {
    const listed = await client.listTools();
    tools = listed.tools.map(tool => tool.name);
    return listed;
  });
  await step('echo', () => call('echo', { message: 'Grüße, 世界 \u{1F680} "\\\u0007\n' }));
  await step('get-sum', () => call('get-sum', { a: 2.5, b: -40 }));
  await step('get-structured-content', () => call('get-structured-content', { location: 'Chicago' }));
  for (const messageType of ['error', 'success', 'debug']) {
    await step(`get-annotated-message ${messageType}`, () => call('get-annotated-message', { messageType, includeImage: true }));
  }
  await step('get-tiny-image', () => call('get-tiny-image', {}));

  const abort = new AbortController();
  await step('cancelled', () => call('trigger-long-running-operation', { duration: 0.4, steps: 2 }, {
    signal: abort.signal,
    onprogress: () => abort.abort('the user lost interest'),
  }));
  let told = 0;
  await step('trigger-long-running-operation', () => call('trigger-long-running-operation', { duration: 0.6, steps: 3 }, {
    onprogress: () => { told += 1; },
  }));

  await step('unknown tool', () => call('no-such-tool', {}));
  await step('bad arguments', () => call('get-sum', { a: 'two' }));
  await step('large echo', () => call('echo', { message: 'agentmesh '.repeat(104_858) }));
  await step('resources/list', () => client.listResources());
  await step('resources/templates/list', () => client.listResourceTemplates());
  await step('resources/read', async () => {
    const { resources } = await client.listResources();
    return client.readResource({ uri: resources[0].uri });
  });
  await step('resources/read unknown', () => client.readResource({ uri: 'demo://resource/none/1' }));
  await step('prompts/list', () => client.listPrompts());
  await step('prompts/get', () => client.getPrompt({ name: 'args-prompt', arguments: { city: 'Oslo', state: 'none' } }));
  await step('completion/complete', () => client.complete({
    ref: { type: 'ref/prompt', name: 'completable-prompt' }, argument: { name: 'department', value: 'E' },
  }));
  await step('trigger-sampling-request', () => call('trigger-sampling-request', { prompt: 'a word', maxTokens: 10 }));
  await step('trigger-elicitation-request', () => call('trigger-elicitation-request', {}));
  await step('get-roots-list', () => call('get-roots-list', {}));
  await step('four at once', () => Promise.all([1, 2, 3, 4].map(n => call('echo', { message: `number ${n}` }))));
  await step('ping', () => client.ping());
  const counts = {};
  for (const { method } of notifications.list) counts[method] = (counts[method] ?? 0) + 1;
  print({
    server: { info: client.getServerVersion(), capabilities: client.getServerCapabilities(), instructions: client.getInstructions() },
    tools, steps, served, errors, progress, toldOfProgress: told >= 2,
    notifications: { counts, messages: notifications.list.filter(n => n.method === 'notifications/message') },
  });
}

/** A held server: what is there before and after somebody else approves it. */
export async function approval({ client, call, notifications }) {
  const changes = list => list.filter(n => n.method === 'notifications/tools/list_changed').length;
  const tried = async () => {
    const { tools } = await client.listTools();
    let echo;
    try {
      echo = await call('echo', { message: 'hello' });
    } catch (error) {
      echo = failure(error);
    }
    return { tools: tools.map(tool => tool.name), echo };
  };
  await notifications.until('roots read', list => list.some(n => n.method === 'notifications/message'));
  const before = await tried();
  const seen = changes(notifications.list);
  print({ held: before, changes: seen });
  await notifications.until('a change of the tools', list => changes(list) > seen);
  print({ released: await tried(), changes: changes(notifications.list) });
}

export const scenarios = { everything, approval };
