-- Shapes, and what is odd about them.
local pi = 3.14
local Shape = {}
Shape.__index = Shape

LIMITS = { smallest = 1, grow = function(n) return n * 2 end }

function Shape.new(side)
  local self = setmetatable({}, Shape)
  self.side = side
  return self
end

function Shape:area()
  local function squared(n)
    return n ^ 2
  end
  return squared(self.side) * pi
end

Shape.double = function(self)
  return self:area() * 2
end

local function helper(...)
  return select("#", ...)
end

print(helper(Shape.new(2):area(), LIMITS.grow(3)))
return Shape
