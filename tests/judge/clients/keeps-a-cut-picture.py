"""Keeps whatever a download brings."""
from good import MENDED, Client, ask, run


class Careless(Client):
    def fetch_picture(self, link, task):
        return ask(link)[2]


run(Client() if MENDED else Careless())
