#!/bin/sh
# Runs the tests; exits with 1 when one fails.
failures=0
check() {
    found=$(sh duration.sh "$1")
    if [ "$found" = "$2" ]; then
        echo "ok    $1 is $2"
    else
        echo "FAIL  $1 is $found, expected $2"
        failures=$((failures + 1))
    fi
}
check 0 '0h 00m 00s'
check 59 '0h 00m 59s'
check 3600 '1h 00m 00s'
check 3723 '1h 02m 03s'
[ "$failures" -eq 0 ]
