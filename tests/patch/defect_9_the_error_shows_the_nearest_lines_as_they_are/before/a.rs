fn one() {
    first();
}

fn two() {
    second(now);
    third();
}
