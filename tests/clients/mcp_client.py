"""The Python `mcp` client over stdio and HTTP, in both eras of the protocol: tools, resources, prompts, completion, and
changes of documents, which are told within two seconds.

Usage: mcp_client.py path/to/cairn
"""

import asyncio
import pathlib
import sys
import time

import mcp_types as types
from mcp import Client, MCPError, StdioServerParameters

from served import Served

TOOLS = {"search_context", "get_document", "browse_context"}
TEMPLATE = "cairn://{collection}/{+path}"
KITE, PLAN = "cairn://playbook/kite", "cairn://corpus/plan"
# How soon a saved file is told of.
TOLD_WITHIN = 2.0


async def tools(name, client, private):
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert TOOLS <= set(listed), f"{name}: lists {sorted(listed)}"
    for tool in TOOLS:
        assert listed[tool].description and listed[tool].input_schema, f"{name}: {tool} does not say what it takes"
    found = await client.call_tool("search_context", {"query": "kite in the wind"})
    assert not found.is_error, f"{name}: {found}"
    documents = [hit["uri"] for hit in found.structured_content["hits"]]
    assert KITE in documents, f"{name}: {documents}"
    assert (PLAN in documents) == private, f"{name}: {documents}"
    assert found.content[0].text, f"{name}: an answer has no text"
    read = await client.call_tool("get_document", {"uri": KITE})
    assert "against the wind" in read.structured_content["text"], f"{name}: {read}"
    browsed = await client.call_tool("browse_context", {})
    assert not browsed.is_error, f"{name}: {browsed}"
    missing = await client.call_tool("get_document", {"uri": "cairn://playbook/nothing"})
    assert missing.is_error, f"{name}: a document that is not there was read"
    return len(listed)


async def resources(name, client, private):
    listed = [resource.uri for resource in (await client.list_resources()).resources]
    assert KITE in map(str, listed) and (PLAN in map(str, listed)) == private, f"{name}: {listed}"
    templates = (await client.list_resource_templates()).resource_templates
    assert [template.uri_template for template in templates] == [TEMPLATE], f"{name}: {templates}"
    read = await client.read_resource(KITE)
    assert "against the wind" in read.contents[0].text and read.contents[0].mime_type == "text/markdown", f"{name}: {read}"
    if not private:
        for uri in [PLAN, "cairn://corpus/nothing"]:
            try:
                await client.read_resource(uri)
            except MCPError:
                continue
            raise AssertionError(f"{name}: {uri} was read by a stranger")
    offered = await client.complete(types.ResourceTemplateReference(uri=TEMPLATE), {"name": "path", "value": "ki"}, {"collection": "playbook"})
    assert offered.completion.values == ["kite"], f"{name}: {offered}"


async def prompts(name, client):
    listed = {prompt.name: prompt for prompt in (await client.list_prompts()).prompts}
    assert {"brief_me", "fly"} <= set(listed), f"{name}: {sorted(listed)}"
    assert [argument.name for argument in listed["fly"].arguments] == ["place"], f"{name}: {listed['fly']}"
    got = await client.get_prompt("fly", {"place": "the beach"})
    assert "Fly a kite at the beach." in got.messages[0].content.text, f"{name}: {got}"
    briefed = await client.get_prompt("brief_me", {"topic": "kite", "max_tokens": "400"})
    assert KITE in briefed.messages[0].content.text, f"{name}: {briefed}"
    offered = await client.complete(types.PromptReference(name="fly"), {"name": "place", "value": "the"})
    assert offered.completion.values == ["the beach", "the field"], f"{name}: {offered}"


class Changes:
    """Saves a file again and again until the client was told; each time another text."""

    def __init__(self, root):
        self.file, self.times = pathlib.Path(root, "playbook/string.md"), 0

    async def told_after_save(self, name, told):
        self.times += 1
        began = time.monotonic()
        self.file.write_text(f"# String\n\nThe string was cut {self.times} times.\n")
        uri = await asyncio.wait_for(told(), 30)
        took = time.monotonic() - began
        assert uri == "cairn://playbook/string", f"{name}: told of {uri}"
        assert took < TOLD_WITHIN, f"{name}: told after {took:.2f} s"
        return took


async def check(name, server, mode, private, changes, subscribes=True):
    messages = asyncio.Queue()

    async def heard(message):
        if getattr(message, "method", None) == "notifications/resources/updated":
            await messages.put(str(message.params.uri))

    async with Client(server, mode=mode, message_handler=heard) as client:
        count = await tools(name, client, private)
        await resources(name, client, private)
        await prompts(name, client)
        took = None
        if client.protocol_version >= "2026-07-28":
            async with client.listen(resource_subscriptions=["cairn://playbook/string"]) as events:
                async def event():
                    return (await anext(events)).uri
                took = await changes.told_after_save(name, event)
        elif subscribes:
            await client.subscribe_resource("cairn://playbook/string")
            took = await changes.told_after_save(name, messages.get)
            await client.unsubscribe_resource("cairn://playbook/string")
        told = "no subscriptions" if took is None else f"told after {took:.2f} s"
        print(f"mcp_client: {name}, {mode}: protocol {client.protocol_version}, {count} tools, {told}, good")


async def main(binary):
    with Served(binary) as served:
        changes = Changes(served.root)
        stdio = StdioServerParameters(command=served.binary, args=["mcp", "--root", served.root])
        for mode in ["auto", "legacy"]:
            # The older era needs a session to be told of changes, and there are none over HTTP.
            await check("http", served.mcp, mode, private=False, changes=changes, subscribes=False)
            await check("stdio beside a server", stdio, mode, private=True, changes=changes)
        root = served.root
        served.process.terminate()
        served.process.wait()
        alone = StdioServerParameters(command=served.binary, args=["mcp", "--root", root])
        for mode in ["auto", "legacy"]:
            await check("stdio alone", alone, mode, private=True, changes=changes)


asyncio.run(main(sys.argv[1]))
