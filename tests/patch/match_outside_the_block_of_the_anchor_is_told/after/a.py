def first():
    a = 1

def second():
    b = 2
