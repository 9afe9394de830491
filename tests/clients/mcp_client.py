"""The Python `mcp` client over stdio and HTTP, in both eras of the protocol: every tool is listed and called.

Usage: mcp_client.py path/to/cairn
"""

import asyncio
import sys

from mcp import Client, StdioServerParameters

from served import Served

TOOLS = {"search_context", "get_document", "browse_context"}


async def check(name, server, mode, private):
    async with Client(server, mode=mode) as client:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert TOOLS <= set(listed), f"{name}: lists {sorted(listed)}"
        for tool in TOOLS:
            assert listed[tool].description and listed[tool].input_schema, f"{name}: {tool} does not say what it takes"

        found = await client.call_tool("search_context", {"query": "kite in the wind"})
        assert not found.is_error, f"{name}: {found}"
        documents = [hit["uri"].removeprefix("cairn://") for hit in found.structured_content["hits"]]
        assert "playbook/kite" in documents, f"{name}: {documents}"
        assert ("corpus/plan" in documents) == private, f"{name}: {documents}"
        assert found.content[0].text, f"{name}: an answer has no text"

        read = await client.call_tool("get_document", {"uri": "cairn://playbook/kite"})
        assert "against the wind" in read.structured_content["text"], f"{name}: {read}"
        browsed = await client.call_tool("browse_context", {})
        assert not browsed.is_error, f"{name}: {browsed}"

        missing = await client.call_tool("get_document", {"uri": "cairn://playbook/nothing"})
        assert missing.is_error, f"{name}: a document that is not there was read"
        print(f"mcp_client: {name}, {mode}: protocol {client.protocol_version}, {len(listed)} tools, good")


async def main(binary):
    with Served(binary) as served:
        stdio = StdioServerParameters(command=served.binary, args=["mcp", "--root", served.root])
        for mode in ["auto", "legacy"]:
            await check("http", served.mcp, mode, private=False)
            await check("stdio beside a server", stdio, mode, private=True)
        root = served.root
        served.process.terminate()
        served.process.wait()
        alone = StdioServerParameters(command=served.binary, args=["mcp", "--root", root])
        await check("stdio alone", alone, "auto", private=True)


asyncio.run(main(sys.argv[1]))
