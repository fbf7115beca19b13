//! A fixture: what is in it is named in `shapes.rs.outline`.
pub const SIDES: usize = 4;
static NAME: &str = "shapes";

#[derive(Debug)]
pub struct Square<T> {
    side: T,
}

pub enum Shape {
    Round,
    Flat(Square<f64>),
}

pub trait Area {
    const UNIT: &'static str;
    fn area(&self) -> f64;
    fn double(&self) -> f64 {
        self.area() * 2.0
    }
}

impl<T> Area for Square<T>
where
    T: Copy + Into<f64>,
{
    const UNIT: &'static str = "m2";

    fn area(
        &self,
    ) -> f64 {
        fn squared(side: f64) -> f64 {
            side * side
        }
        squared(self.side.into())
    }
}

type Pair = (f64, f64);

macro_rules! square {
    ($side:expr) => { Square { side: $side } };
}

mod inner {
    pub(super) async fn waits() {}
}
mod elsewhere;
