// A fixture.
package shapes

const Sides = 4

var name, other = "a", "b"

type (
	Square struct{ Side float64 }
	Pair   = [2]float64
)

type Area interface {
	Area() float64
}

type Number float64

func (s *Square) Area() float64 {
	const local = 1
	return s.Side * s.Side
}

func New[T any](side T) *Square { return nil }
