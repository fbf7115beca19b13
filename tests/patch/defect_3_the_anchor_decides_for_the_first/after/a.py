def first():
    x = 2
    return x


def second():
    x = 1
    return x
