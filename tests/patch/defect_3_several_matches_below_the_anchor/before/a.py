def first():
    x = 1
    y = 0
    x = 1

def second():
    pass
