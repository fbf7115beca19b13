//! The marks by which Messages tells the cache what comes again: where they stand, that only they move, and how many.
use bowline::wire::{Quirks, Target};
use proptest::prelude::*;

use super::{
    histories::{prompt, request, round},
    target, wire_named,
};

const MARK: &str = r#","cache_control":{"type":"ephemeral"}"#;
/// More are refused.
const MOST: usize = 4;
/// The tools and the system prompt, whose marks stand still.
const FRAME: usize = 2;

struct Marked {
    body: String,
    /// The body without its marks, and where in it each of them stood.
    bare: String,
    places: Vec<usize>,
}

impl Marked {
    fn new(body: Vec<u8>) -> Self {
        let body = String::from_utf8(body).unwrap();
        let mut pieces = body.split(MARK);
        let mut bare = pieces.next().unwrap().to_owned();
        let mut places = Vec::new();
        for piece in pieces {
            places.push(bare.len());
            bare.push_str(piece);
        }
        Self { body, bare, places }
    }

    /// All but what closes the last message, which may go on, and the list.
    fn settled(&self) -> &str {
        self.bare.strip_suffix("]}]}").unwrap()
    }

    /// The body up to its mark of this number.
    fn up_to(&self, mark: usize) -> &str {
        &self.body[..self.places[mark] + mark * MARK.len()]
    }
}

/// As Anthropic and Foundry take it, and as Vertex AI does.
fn targets() -> [Target; 2] {
    let quirks = Quirks { version_in_body: Some("vertex-2023-10-16"), ..Quirks::default() };
    [target(), Target { quirks, ..target() }]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_longer_body_begins_with_the_shorter_one_but_for_marks_that_moved(
        rounds in prop::collection::vec(round(), 1..10)
    ) {
        for target in targets() {
            let mut shorter: Option<Marked> = None;
            for count in 1..=rounds.len() {
                let begun = [vec![prompt("Go.")], rounds[..count].concat()].concat();
                let request = request(begun);
                let longer = Marked::new(wire_named("messages").encode(&request, &target));
                prop_assert!(longer.places.len() > FRAME && longer.places.len() <= MOST);
                if let Some(shorter) = &shorter {
                    prop_assert!(longer.bare.starts_with(shorter.settled()));
                    prop_assert_eq!(&longer.places[..FRAME], &shorter.places[..FRAME]);
                    let stay = longer.places.iter().zip(&shorter.places);
                    let moved = stay.take_while(|(one, other)| one == other).count();
                    let moved = moved.min(shorter.places.len() - 1);
                    prop_assert!(longer.body.starts_with(shorter.up_to(moved)));
                    // The cache is looked for where the last request ended, or behind it in the same message.
                    let goes_on = longer.bare[shorter.settled().len()..].starts_with(',');
                    let last = shorter.places.last().unwrap();
                    prop_assert!(goes_on || longer.places.contains(last));
                }
                shorter = Some(longer);
            }
        }
    }
}
