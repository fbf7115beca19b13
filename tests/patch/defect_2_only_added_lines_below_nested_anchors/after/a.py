class A:
    def run(self):
        pass

class B:
    def run(self):
        print(1)
        pass
