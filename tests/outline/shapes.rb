# A fixture.
SIDES = 4
module Shapes
  class Square < Shape
    attr_reader :side

    def initialize(side)
      @side = side
    end

    def self.unit = "m2"

    def ==(other)
      side == other.side
    end
  end
end
def draw(shape); end
