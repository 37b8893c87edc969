"""Sends a submission again whenever its answer is lost."""
from good import BROKEN, MENDED, Client, run


class Twice(Client):
    def post(self, body):
        try:
            return super().post(body)
        except BROKEN:
            return super().post(body)


run(Client() if MENDED else Twice())
