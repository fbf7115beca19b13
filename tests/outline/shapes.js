// A fixture.
export const SIDES = 4;
const area = (side) => side * side;
export const double = function (side) { return area(side) * 2; };
let { first } = {};

class Square extends Shape {
  #side = 1;
  constructor(side) { super(); }
  get area() { const local = 1; return local; }
  static async *all() {}
}

export default function draw(shape) {
  const inner = () => shape;
  return inner();
}
function* numbers() {}
