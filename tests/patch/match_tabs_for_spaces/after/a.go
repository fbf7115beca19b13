func f() {
	if x {
		z()
		y()
	}
}
