"""Sends its key with the scheme that everybody else reads."""
from good import MENDED, Fal, run


class Foreign(Fal):
    headers = {"authorization": "Bearer " + Fal.headers["authorization"][4:]}


run(Fal() if MENDED else Foreign())
