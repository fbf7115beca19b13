//! How much context the model has, where only its server knows, and whether that is enough to work with.
use super::{account::frame_tokens, turn::Turn};
use crate::protocol::{Event, Failure, FailureKind, TurnEnd};

/// Tokens that have to be left beside the instructions and the tools, for a conversation that is worth the name.
const LEAST_FOR_TALK: u64 = 4_096;

impl Turn<'_> {
    /// Asks the server where the context's size is not known: before the first request, and again as long as it does not
    /// say, since it may load the model with the first. One that is too small ends the turn; it is asked after anew then.
    pub(super) async fn learn_window(&mut self) -> Result<(), TurnEnd> {
        let served = &self.answering.served;
        if served.window.is_some() {
            return Ok(());
        }
        let tokens = tokio::select! {
            biased;
            () = self.stop.token().cancelled() => return Err(self.stop.end()),
            tokens = served.backend.window(&served.model.model) => tokens,
        };
        let Some(tokens) = tokens else { return Ok(()) };
        let model = served.model.clone();
        let setup = self.setup;
        let least = frame_tokens(&setup.system, &setup.tools.specs()) + LEAST_FOR_TALK;
        if tokens < least {
            let advice = served.backend.room_advice().map(|advice| format!(": {advice}"));
            let advice = advice.unwrap_or_else(|| ", or choose another model".to_owned());
            let message = format!(
                "The server of {model} gives it a context of {tokens} tokens, and at least {least} are needed to work with it{advice}."
            );
            let kind = FailureKind::Configuration;
            return Err(TurnEnd::Failed(Failure { kind, message, code: None, retryable: false }));
        }
        self.answering.served.window = Some(tokens);
        self.emit(Event::ContextKnown { model, tokens }).await;
        Ok(())
    }
}
