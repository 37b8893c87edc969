"""Apps as their authors wrote them, one a client, which know nothing of an emulator: no address, no
option, no variable but their key. `python apps.py NAME` prints what each prompt came to, as JSON."""

import asyncio
import json
import os
import struct
import sys
import time

SIZE = {"width": 512, "height": 256}


def size_of(data):
    """Width and height of a JPEG or PNG."""
    if data[:4] == b"\x89PNG":
        return struct.unpack(">II", data[16:24])
    at = 2
    while at < len(data):
        marker, length = struct.unpack(">HH", data[at : at + 4])
        if 0xFFC0 <= marker <= 0xFFCF and marker not in (0xFFC4, 0xFFC8, 0xFFCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    raise ValueError("no picture")


# One for all that is asynchronous: clients keep what belongs to theirs.
LOOP = asyncio.new_event_loop()


class No(Exception):
    def __init__(self, status):
        super().__init__(str(status))
        self.status_code = status


def bfl(send, prompt):
    """BFL by its documentation, over any client of HTTP."""
    headers = {"x-key": os.environ["BFL_API_KEY"]}
    status, body = send("POST", "https://api.bfl.ai/v1/flux-dev", headers, {"prompt": prompt, **SIZE})
    if status != 200:
        raise No(status)
    while True:
        task = json.loads(send("GET", json.loads(body)["polling_url"], headers, None)[1])
        if task["status"] == "Ready":
            return task["result"]["sample"]
        if task["status"] not in ("Pending", "Queued"):
            raise No(task["status"])
        time.sleep(0.01)


def by_requests(method, url, headers, body):
    import requests

    reply = requests.request(method, url, headers=headers, json=body, timeout=20)
    return reply.status_code, reply.content


def by_httpx(method, url, headers, body):
    import httpx

    reply = httpx.request(method, url, headers=headers, json=body, timeout=20)
    return reply.status_code, reply.content


def by_aiohttp(method, url, headers, body):
    import aiohttp
    import yarl

    # A signed link is sent as it was given, not quoted anew.
    url = yarl.URL(url, encoded=True)

    async def send():
        async with aiohttp.ClientSession() as session:
            async with session.request(method, url, headers=headers, json=body) as reply:
                return reply.status, await reply.read()

    return LOOP.run_until_complete(send())


def by_urllib(method, url, headers, body):
    import urllib.error
    import urllib.request

    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers = {**headers, "content-type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def fal_run(prompt):
    import fal_client

    return fal_client.run("fal-ai/flux/dev", arguments={"prompt": prompt, "image_size": SIZE})["images"][0]["url"]


def fal_subscribe(prompt):
    import fal_client

    seen = []
    result = fal_client.subscribe(
        "fal-ai/flux/dev",
        arguments={"prompt": prompt, "image_size": SIZE},
        with_logs=True,
        on_queue_update=seen.append,
    )
    assert seen, "no update of the queue was told"
    return result["images"][0]["url"]


def fal_async(prompt):
    import fal_client

    async def work():
        handle = await fal_client.submit_async("fal-ai/flux/dev", arguments={"prompt": prompt, "image_size": SIZE})
        return (await handle.get())["images"][0]["url"]

    return LOOP.run_until_complete(work())


def fal_upload(prompt):
    import fal_client

    url = fal_client.upload(b"\x89PNG\r\n\x1a\n" + bytes(64), "image/png")
    status, data = by_httpx("GET", url, {}, None)
    assert status == 200 and data.startswith(b"\x89PNG"), (url, status)
    return fal_run(prompt)


def fal_stream(prompt):
    import fal_client

    last = None
    for event in fal_client.stream("fal-ai/flux/dev", arguments={"prompt": prompt, "image_size": SIZE}):
        last = event
    return last["images"][0]["url"]


def fal_cancel(prompt):
    import fal_client

    waiting = fal_client.submit("fal-ai/flux/dev", arguments={"prompt": "waits for long"})
    assert isinstance(waiting.status(), fal_client.Queued), waiting.status()
    waiting.cancel()
    try:
        raise AssertionError(f"what was cancelled has a result: {waiting.get()}")
    except fal_client.FalClientHTTPError as error:
        assert error.status_code == 499, error
    return fal_run(prompt)


def blackforest(prompt):
    from blackforest import BFLClient

    client = BFLClient(os.environ["BFL_API_KEY"])
    made = client.generate("flux-dev", {"prompt": prompt, **SIZE})
    while True:
        task = client.get_task_status(made.id)
        if task.status == "Ready":
            return task.result["sample"]
        if task.status not in ("Pending", "Queued"):
            raise No(task.status)
        time.sleep(0.01)


def wavespeed(prompt):
    import wavespeed as sdk

    client = sdk.Client(api_key=os.environ["WAVESPEED_API_KEY"])
    return client.run("wavespeed-ai/flux-dev", {"prompt": prompt, "size": "512*256"}, poll_interval=0.02)["outputs"][0]


def huggingface(prompt):
    from huggingface_hub import InferenceClient

    client = InferenceClient(provider="fal-ai", api_key=os.environ["FAL_KEY"])
    return client.text_to_image(prompt, model="black-forest-labs/FLUX.1-dev", **SIZE)


def litellm(model, prompt):
    import litellm as sdk

    made = sdk.image_generation(prompt=prompt, model=model, size="512x256").data[0]
    if made.url:
        return made.url
    import base64

    return base64.b64decode(made.b64_json)


CLIENTS = {
    "requests": lambda prompt: bfl(by_requests, prompt),
    "httpx": lambda prompt: bfl(by_httpx, prompt),
    "aiohttp": lambda prompt: bfl(by_aiohttp, prompt),
    "urllib": lambda prompt: bfl(by_urllib, prompt),
    "fal-client run": fal_run,
    "fal-client subscribe": fal_subscribe,
    "fal-client async": fal_async,
    "fal-client upload": fal_upload,
    "fal-client stream": fal_stream,
    "fal-client cancel": fal_cancel,
    "blackforest": blackforest,
    "huggingface_hub": huggingface,
    "wavespeed": wavespeed,
    "litellm bfl": lambda prompt: litellm("black_forest_labs/flux-dev", prompt),
    "litellm fal": lambda prompt: litellm("fal_ai/fal-ai/flux/dev", prompt),
}
SENDERS = {"requests": by_requests, "aiohttp": by_aiohttp, "urllib": by_urllib}


def outcome(name, prompt):
    try:
        made = CLIENTS[name](prompt)
        if hasattr(made, "size"):  # a picture of Pillow's, decoded
            return {"width": made.size[0], "height": made.size[1]}
        if isinstance(made, bytes):
            width, height = size_of(made)
            return {"width": width, "height": height}
        status, data = SENDERS.get(name, by_httpx)("GET", made, {}, None)
        host = made.split("/")[2]
        if status != 200:
            return {"link": status, "host": host}
        width, height = size_of(data)
        return {"width": width, "height": height, "host": host}
    except Exception as error:  # whatever the client says no with
        response = getattr(error, "response", None)
        status = getattr(error, "status_code", None) or getattr(response, "status_code", None)
        return {"no": status or type(error).__name__, "says": str(error)[:300]}


if __name__ == "__main__":
    prompts = ["a lighthouse", "refused", "moderated", "dead link"]
    print(json.dumps({prompt: outcome(sys.argv[1], prompt) for prompt in prompts}))
