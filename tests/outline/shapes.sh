#!/bin/sh
# A fixture.
area() {
    echo $(($1 * $1))
}
function draw { area 2; }
