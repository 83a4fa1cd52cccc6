"""A server whose tools promise what they give: promising.py SERVED. SERVED: JSON, {tool: [outputSchema, structuredContent]}."""
import json
import sys

SERVED = json.loads(sys.argv[1])

for line in sys.stdin:
    message = json.loads(line)
    if "id" not in message:
        continue
    result = {}
    if message["method"] == "initialize":
        result = {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "promising", "version": "1"}}
    elif message["method"] == "tools/list":
        result = {"tools": [{"name": name, "inputSchema": {"type": "object"}, "outputSchema": schema} for name, (schema, _) in SERVED.items()]}
    elif message["method"] == "tools/call":
        given = SERVED[message["params"]["name"]][1]
        result = {"content": [{"type": "text", "text": "done"}], "structuredContent": given}
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
