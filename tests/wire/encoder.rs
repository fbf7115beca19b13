//! An encoder that remembers gives the bytes of one that does not, whatever is asked of it.
use std::sync::Arc;

use bowline::{
    protocol::{Message, Request},
    wire::{Encoder, Quirks, Target},
};
use bytes::Bytes;
use proptest::prelude::*;

use super::{
    histories::{request, round},
    requests::WIRES,
    target, wire_named,
};

#[derive(Debug, Clone)]
enum Step {
    Say(Arc<Message>),
    Send,
    /// Sends, and holds on to the body.
    SendAndHold,
    /// Goes back to the first messages, so that the next ones stand in others' places.
    Fork(usize),
    SwitchModel,
    SwitchImages,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let said = (round(), any::<bool>()).prop_map(|(messages, is_sent_within)| {
        let says = messages.into_iter().map(|message| Step::Say(Arc::new(message)));
        let steps = says.flat_map(|say| [Some(say), is_sent_within.then_some(Step::Send)]);
        steps.flatten().chain([Step::Send]).collect::<Vec<Step>>()
    });
    let rare = prop_oneof![
        Just(Step::SendAndHold),
        (0usize..4).prop_map(Step::Fork),
        Just(Step::SwitchModel),
        Just(Step::SwitchImages),
    ];
    let steps = prop_oneof![4 => said, 1 => rare.prop_map(|step| vec![step])];
    prop::collection::vec(steps, 1..12).prop_map(|steps| steps.concat())
}

struct Sender {
    wire: &'static str,
    encoder: Encoder,
    request: Request,
    target: Target,
    held: Vec<(Bytes, Vec<u8>)>,
}

impl Sender {
    fn new(wire: &'static str) -> Self {
        let encoder = Encoder::new(wire_named(wire));
        Self { wire, encoder, request: request(vec![]), target: target(), held: Vec::new() }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Say(message) => self.request.messages.push(Arc::clone(message)),
            Step::Send => {
                self.send();
            }
            Step::SendAndHold => {
                let body = self.send();
                self.held.push((body.clone(), body.to_vec()));
            }
            Step::Fork(kept) => self.request.messages.truncate(*kept),
            Step::SwitchModel => self.request.model.push('+'),
            Step::SwitchImages => {
                let images = !self.target.quirks.images;
                self.target.quirks = Quirks { images, ..Quirks::default() };
            }
        }
    }

    fn send(&mut self) -> Bytes {
        let body = self.encoder.encode(self.request.clone(), self.target.clone());
        let fresh = wire_named(self.wire).encode(&self.request, &self.target);
        assert_eq!(body, fresh, "{}: {:?}", self.wire, self.request.messages);
        body
    }
}

proptest! {
    #[test]
    fn remembering_changes_no_byte(steps in steps()) {
        for (wire, _) in WIRES {
            let mut sender = Sender::new(wire);
            steps.iter().for_each(|step| sender.take(step));
            for (body, sent) in sender.held {
                prop_assert_eq!(body, sent, "a body changed after it was sent");
            }
        }
    }
}
