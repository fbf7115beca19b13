//! How what is under way is asked to stop: by the user, or by a limit of time.
use std::{convert::Infallible, future::pending, pin::pin, sync::OnceLock};

use tokio_util::sync::CancellationToken;

use super::Limits;
use crate::protocol::{Limit, TurnEnd};

/// Asks a turn to stop, and remembers why.
#[derive(Default)]
pub(super) struct Stop {
    token: CancellationToken,
    limit: OnceLock<Limit>,
}

impl Stop {
    pub(super) fn interrupt(&self) {
        self.token.cancel();
    }

    fn at_limit(&self, limit: Limit) {
        // The first reason stands.
        let _ = self.limit.set(limit);
        self.token.cancel();
    }

    pub(super) fn token(&self) -> &CancellationToken {
        &self.token
    }

    /// How the turn ends, once it has been asked to.
    pub(super) fn end(&self) -> TurnEnd {
        self.limit.get().map_or(TurnEnd::Interrupted, |limit| TurnEnd::Limit(limit.clone()))
    }
}

/// Asks what is under way to stop once it has taken as long as it may, and sees it to its end.
pub(super) async fn in_time<T>(work: impl Future<Output = T>, limits: &Limits, stop: &Stop) -> T {
    let mut timer = pin!(async {
        let Some(time) = limits.time else { return pending::<Infallible>().await };
        tokio::time::sleep(time).await;
        let seconds = time.as_secs_f64();
        stop.at_limit(Limit::Time(format!(
            "The turn reached its time limit of {seconds} s (--timeout)."
        )));
        pending::<Infallible>().await
    });
    let mut work = pin!(work);
    tokio::select! {
        done = &mut work => done,
        never = &mut timer => match never {},
    }
}
