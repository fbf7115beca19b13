<?php
// A fixture.
namespace Shapes;
interface Area { public function area(): float; }
trait Named { private function name(): string { return "x"; } }
final class Square implements Area {
    public function __construct(private float $side) {}
    public function area(): float { return $this->side ** 2; }
}
enum Kind: string { case Round = "r"; }
function draw(Area $shape): void {}
