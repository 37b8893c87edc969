"""Looks five times, and then tells its user that it failed."""
from good import MENDED, Client, run


class Impatient(Client):
    patience = 2.4


run(Client() if MENDED else Impatient())
