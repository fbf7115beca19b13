class A:
    def run(self):
        x = 1

class B:
    def run(self):
        x = 1

    def stop(self):
        x = 1
