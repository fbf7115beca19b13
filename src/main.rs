//! Starts the program; everything else is in the library.
use bowline::{
    cli::{self, Exit},
    config::Environment,
};

fn main() -> Exit {
    cli::main(std::env::args_os(), &Environment::capture())
}
