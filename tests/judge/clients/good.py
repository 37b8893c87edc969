"""Clients of BFL, fal and WaveSpeed as they should be; those beside it each have one classic bug."""
import json
import os
import random
import sys
import time
import urllib.error
import urllib.request

MENDED = "mended" in sys.argv


class Final(Exception):
    """What cannot be helped by another attempt."""


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(Stay)


def ask(url, headers=None, body=None, limit=5):
    """Status, headers and bytes of the answer. Raises OSError where there is none."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers or {})
    if data is not None:
        request.add_header("content-type", "application/json")
    try:
        with OPENER.open(request, timeout=limit) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


# What ends an answer in the middle, or makes none of it.
BROKEN = (OSError, ValueError, __import__("http.client").client.HTTPException)


class Client:
    """BFL."""

    attempts = 4
    patience = 8.0
    pause = 0.5

    base = os.environ.get("EMULATOR_BFL_URL", "")
    headers = {"x-key": os.environ.get("BFL_API_KEY", "")}
    path = "/v1/flux-pro-1.1"

    def post(self, body):
        return ask(self.base + self.path, self.headers, body)

    def submit(self, body):
        for attempt in range(1, self.attempts + 1):
            status, headers, text = self.post(body)
            if 200 <= status < 300:
                return self.task(json.loads(text))
            if status not in (429, 503) or attempt == self.attempts:
                raise Final(f"refused: {status}")
            told = headers.get("retry-after")
            time.sleep(float(told) if told else 0.25 * 2**attempt * (1 + random.random() / 4))

    def task(self, answer):
        return answer["polling_url"]

    def look(self, task):
        try:
            status, _, text = ask(task, self.headers)
            if status in (401, 402, 403):
                raise Final(f"the poll is refused: {status}")
            return json.loads(text) if status == 200 else None
        except BROKEN:
            return None

    def link(self, answer):
        if answer is None:
            return None
        if answer["status"] == "Ready":
            return (answer.get("result") or {}).get("sample")
        if answer["status"] not in ("Pending", "Queued", "Processing", "Reasoning", "Generating"):
            raise Final(f"ended as {answer['status']}")
        return None

    def wait(self, task):
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            link = self.link(self.look(task))
            if link is not None:
                return link
            time.sleep(self.pause)
        raise Final("no end in sight")

    def download(self, link):
        status, headers, data = ask(link)
        if status != 200:
            raise ValueError(f"the store answers {status}")
        kind = headers.get("content-type")
        png, jpeg = data[1:4] == b"PNG", data[:2] == b"\xff\xd8"
        if not {"image/png": png, "image/jpeg": jpeg}.get(kind, False):
            raise ValueError(f"not {kind}")
        if not (data[-8:-4] == b"IEND" if png else data[-1:] == b"\xd9"):
            raise ValueError("cut off")
        return data

    def fetch_picture(self, link, task):
        last = None
        for attempt in range(1, self.attempts):
            try:
                return self.download(link)
            except BROKEN as error:
                last = error
                time.sleep(0.25 * attempt)
                link = self.link(self.look(task)) or link
        raise Final(f"no picture: {last}")

    def picture(self, prompt):
        task = self.submit({"prompt": prompt})
        return self.fetch_picture(self.wait(task), task)


class WaveSpeed(Client):
    base = os.environ.get("EMULATOR_WAVESPEED_URL", "")
    headers = {"authorization": "Bearer " + os.environ.get("WAVESPEED_API_KEY", "")}
    path = "/api/v3/wavespeed-ai/flux-dev"

    def task(self, answer):
        return answer["data"]["urls"]["get"]

    def link(self, answer):
        if answer is None:
            return None
        data = answer["data"]
        if data["status"] == "completed":
            return data["outputs"][0] if data["outputs"] else None
        if data["status"] not in ("created", "processing"):
            raise Final(f"ended as {data['status']}")
        return None


class Fal(Client):
    base = os.environ.get("EMULATOR_URL", "") + "/queue.fal.run"
    headers = {"authorization": "Key " + os.environ.get("FAL_KEY", "")}
    path = "/fal-ai/flux/dev"

    def task(self, answer):
        return answer["status_url"], answer["response_url"]

    def look(self, task):
        answer = super().look(task[0])
        if answer is None or answer["status"] != "COMPLETED":
            return None
        try:
            status, _, text = ask(task[1], self.headers)
            if 400 <= status < 500 and status != 429:
                raise Final(f"failed: {status}")
            return json.loads(text) if status == 200 else None
        except BROKEN:
            return None

    def link(self, answer):
        images = (answer or {}).get("images")
        return images[0]["url"] if images else None


def run(client):
    try:
        print(f"a picture of {len(client.picture('a red apple'))} bytes")
    except Final as error:
        sys.exit(str(error))
