def first():
    y = 2
    x = 1
    return x


def second():
    x = 1
    return x
