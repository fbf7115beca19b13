"""A fixture."""
SIDES = 4
name, other = 1, 2


class Square(Shape):
    unit = "m2"

    def __init__(self, side):
        self.side = side

    @property
    def area(self) -> float:
        def squared(it):
            return it * it

        return squared(self.side)


async def waits(
    first,
    second=None,
):
    local = 1
