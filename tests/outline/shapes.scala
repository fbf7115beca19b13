package shapes

import scala.math.sqrt

val sides = 4
type Side = Double

trait Area:
  def area: Side
  def double: Side = area * 2

enum Colour:
  case Red, Green

case class Square[T](side: Side) extends Area {
  private val name = "square"
  override def area: Side = {
    def squared(value: Side): Side = value * value
    squared(side)
  }
}

object Square:
  def unit = Square[Int](1)

given ordering: Ordering[Side] = Ordering.Double.TotalOrdering

@main def run(): Unit = println(Square.unit.area + sqrt(2.0))
