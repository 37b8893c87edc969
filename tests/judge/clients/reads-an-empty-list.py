"""Takes the first of the outputs without looking whether there is one."""
from good import MENDED, WaveSpeed, run


class Sure(WaveSpeed):
    def link(self, answer):
        if answer is not None and answer["data"]["status"] == "completed":
            return answer["data"]["outputs"][0]
        return super().link(answer)


run(WaveSpeed() if MENDED else Sure())
