"""A server of aiocoap with a few resources and the defaults of the library. The argument is a port.
What is an application's own affair is done here: entity-tags, conditions and formats. The secret of
an OSCORE context is in WIRECHECK_PASSWORD.
"""

import asyncio
import hashlib
import json
import os
import sys
import tempfile

from aiocoap import CHANGED, CREATED, DELETED, NOT_ACCEPTABLE, PRECONDITION_FAILED
from aiocoap import UNSUPPORTED_CONTENT_FORMAT, Context, Message, resource
from aiocoap.error import NotFound
from aiocoap.numbers import ContentFormat
from aiocoap.oscore_sitewrapper import OscoreSiteWrapper

LETTERS = bytes(ord("a") + place % 26 for place in range(2000))


def tag(payload):
    return hashlib.sha1(payload).digest()[:8]


def content(request, payload):
    if request.opt.accept not in (None, ContentFormat.TEXT):
        return Message(code=NOT_ACCEPTABLE)
    response = Message(payload=payload, content_format=ContentFormat.TEXT)
    resource.hashing_etag(request, response)
    return response


class Kept(resource.ObservableResource):
    """What is kept until somebody replaces it; nothing is there once it is deleted."""

    def __init__(self, payload):
        super().__init__()
        self.payload = payload

    async def render_get(self, request):
        if self.payload is None:
            raise NotFound
        return content(request, self.payload)

    def meets(self, request):
        wanted, there = request.opt.if_match, self.payload is not None
        fits = any(there and one in (b"", tag(self.payload)) for one in wanted)
        return (not wanted or fits) and not (there and request.opt.if_none_match)

    async def render_put(self, request):
        if not self.meets(request):
            return Message(code=PRECONDITION_FAILED)
        if request.opt.content_format not in (None, ContentFormat.TEXT):
            return Message(code=UNSUPPORTED_CONTENT_FORMAT)
        code = CREATED if self.payload is None else CHANGED
        self.payload = request.payload
        self.updated_state()
        return Message(code=code)

    async def render_post(self, request):
        return Message(code=CHANGED)

    async def render_delete(self, request):
        if not self.meets(request):
            return Message(code=PRECONDITION_FAILED)
        self.payload = None
        self.updated_state()
        return Message(code=DELETED)


class Fixed(resource.Resource):
    """A representation that stays, after a while."""

    def __init__(self, payload, seconds=0):
        super().__init__()
        self.payload, self.seconds = payload, seconds

    async def render_get(self, request):
        await asyncio.sleep(self.seconds)
        return content(request, self.payload)


class Tick(resource.ObservableResource):
    """A number that changes every second."""

    def __init__(self):
        super().__init__()
        self.ticks = 0

    async def run(self):
        while True:
            await asyncio.sleep(1)
            self.ticks += 1
            self.updated_state()

    async def render_get(self, request):
        return content(request, str(self.ticks).encode())


def protected(context, site, folder):
    """The site for those who share the context, and for everybody else as it is."""
    settings = {"secret_ascii": os.environ["WIRECHECK_PASSWORD"], "sender-id_hex": "02"}
    with open(os.path.join(folder, "settings.json"), "w") as file:
        json.dump({**settings, "recipient-id_hex": "01"}, file)
    oscore = {":wirecheck": {"oscore": {"basedir": folder}}}
    context.server_credentials.load_from_dict(oscore)
    return OscoreSiteWrapper(site, context.server_credentials)


async def main(port, folder):
    site, tick = resource.Site(), Tick()
    listing = resource.WKCResource(site.get_resources_as_linkheader)
    site.add_resource([".well-known", "core"], listing)
    site.add_resource(["test"], Kept(b"test"))
    site.add_resource(["separate"], Fixed(b"at last", 1))
    site.add_resource(["tick"], tick)
    site.add_resource(["large"], Fixed(LETTERS))
    site.add_resource(["large-update"], Kept(LETTERS[:200]))
    site.add_resource(["new"], Kept(None))
    # WebSocket is at a port that is higher by 3000.
    transports = ["udp6", "tcpserver", "ws"]
    here = ("127.0.0.1", port)
    context = await Context.create_server_context(site, bind=here, transports=transports)
    context.serversite = protected(context, site, folder)
    print("ready", flush=True)
    await tick.run()


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(int(sys.argv[1]), folder))
