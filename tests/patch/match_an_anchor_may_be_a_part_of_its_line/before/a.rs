impl A {
    pub fn run(&self) -> u8 {
        1
    }
    pub fn stop(&self) -> u8 {
        1
    }
}
