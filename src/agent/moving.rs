//! Moves a conversation over to another model: what opens it, whether it fits there, and what that costs.
use std::sync::Arc;

use super::{
    Conversation, Setup,
    journal::Journal,
    route::{Answering, Route},
    session::Talk,
};
use crate::{
    backend::Backend,
    catalogue::Prices,
    protocol::{Cost, Event, Message, ModelRef, Record, Switch, Usage},
};

/// A model that can be asked, and what is known of it.
#[derive(Clone)]
pub struct Served {
    pub model: ModelRef,
    pub backend: Arc<dyn Backend>,
    /// What its tokens cost, where that is known.
    pub prices: Option<Prices>,
    /// Tokens that its context takes, where that is known.
    pub window: Option<u64>,
    /// Where it reads none, images are left out of what it is sent.
    pub reads_images: bool,
}

/// Whoever knows the backends by their names.
pub trait Models: Send + Sync {
    /// Opens a model. Nothing is sent, and nothing of a backend is looked at before it is asked for here.
    ///
    /// # Errors
    /// A sentence that says what is missing and what to do.
    fn open(&self, model: &ModelRef) -> Result<Served, String>;

    /// The models of a route.
    ///
    /// # Errors
    /// A sentence, where there is none of that name.
    fn route(&self, name: &str) -> Result<Route, String>;
}

/// What moving a conversation from one model to another comes to.
///
/// # Errors
/// A sentence, where the conversation is longer than the other model's context.
pub fn switch(conversation: &Conversation, from: &ModelRef, to: &Served) -> Result<Switch, String> {
    let context = conversation.context();
    if let Some(window) = to.window.filter(|window| context > *window) {
        return Err(format!(
            "The conversation takes about {context} tokens and {} has room for {window}: choose a model with a longer context, or sum it up first (/compact).",
            to.model
        ));
    }
    let sent_anew = Usage { input: context, ..Usage::default() };
    let images = conversation.history.messages().iter().map(|message| image_count(message)).sum();
    Ok(Switch {
        from: from.clone(),
        to: to.model.clone(),
        window: to.window,
        context,
        cost: to.prices.as_ref().map_or(Cost::Unknown, |prices| prices.cost(&sent_anew)),
        images_left_out: if to.reads_images { 0 } else { images },
        reason: None,
    })
}

/// Opens the model that the user wants next. Why it can't be is a notice, and everything stays as it is.
pub(super) async fn open(
    setup: &Setup,
    model: &ModelRef,
    old: &ModelRef,
    journal: &Journal,
) -> Option<Served> {
    match setup.models.open(model) {
        Ok(served) => Some(served),
        Err(sentence) => {
            journal.tell(format!("{} The model stays {old}.", as_sentence(&sentence))).await;
            None
        }
    }
}

/// From here on this model answers, and none stands in for it, if the conversation fits there.
pub(super) async fn move_to(served: Served, talk: &mut Talk) {
    let Talk { conversation, answering, journal } = talk;
    let old = &answering.served.model;
    if served.model == *old {
        return journal.tell(format!("{old} answers already.")).await;
    }
    match switch(conversation, old, &served) {
        Ok(switch) => {
            journal.record(Record::Model { model: served.model.clone() }).await;
            *answering = Answering { served, route: None };
            journal.emit(Event::BackendSwitched(switch)).await;
        }
        Err(sentence) => journal.tell(format!("{sentence} The model stays {old}.")).await,
    }
}

fn image_count(message: &Message) -> usize {
    match message {
        Message::Prompt(prompt) => prompt.images.len(),
        Message::Outcome { outcome, .. } => outcome.images.len(),
        Message::Reply(_) => 0,
    }
}

/// With a full stop, to be followed by another.
pub(super) fn as_sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}
