class A:
    def f(self):
        x = 2
        if x:
            x = 3
        return x
