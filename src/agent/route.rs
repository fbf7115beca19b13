//! Models that stand in for each other: which is asked first, and which goes on where one fails.
use std::{collections::HashSet, time::Duration};

use tokio::time::Instant;

use super::{Served, moving, turn::Turn};
use crate::{
    backend::BackendError,
    protocol::{Event, ModelRef},
    wire::ErrorKind,
};

/// How long a model that failed is left out; twice as long for each failure after the first.
const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_secs(10 * 60);

/// Models in the order in which they are asked.
#[derive(Debug, Clone)]
pub struct Route {
    name: String,
    stations: Vec<Station>,
}

#[derive(Debug, Clone)]
struct Station {
    model: ModelRef,
    /// Failures since it last answered.
    failures: u32,
    rests_until: Option<Instant>,
}

/// Who answers now, and who stands in.
pub(super) struct Answering {
    pub(super) served: Served,
    pub(super) route: Option<Route>,
}

impl Route {
    pub fn new(name: String, models: Vec<ModelRef>) -> Self {
        let station = |model| Station { model, failures: 0, rests_until: None };
        Self { name, stations: models.into_iter().map(station).collect() }
    }

    /// As they were named.
    pub fn models(&self) -> impl Iterator<Item = &ModelRef> {
        self.stations.iter().map(|station| &station.model)
    }

    /// It can't be asked, and rests like one that has failed.
    pub fn leave_out(&mut self, model: &ModelRef) {
        self.note_failure(model, Instant::now());
    }

    /// The models in the order in which they are to be asked now: those that failed a short time ago come last, the one that
    /// has rested most first.
    fn order(&self, now: Instant) -> Vec<ModelRef> {
        let mut stations: Vec<&Station> = self.stations.iter().collect();
        stations.sort_by_key(|station| station.rests_until.filter(|until| *until > now));
        stations.into_iter().map(|station| station.model.clone()).collect()
    }

    /// The first model, while it is left out.
    fn resting(&self, now: Instant) -> Option<&ModelRef> {
        let first = self.stations.first()?;
        first.rests_until.filter(|until| *until > now).map(|_| &first.model)
    }

    fn note_failure(&mut self, model: &ModelRef, now: Instant) {
        let failed = self.stations.iter_mut().find(|station| station.model == *model);
        if let Some(station) = failed {
            let rest = FIRST_REST.saturating_mul(2_u32.saturating_pow(station.failures));
            station.failures = station.failures.saturating_add(1);
            station.rests_until = Some(now + rest.min(LONGEST_REST));
        }
    }

    fn note_answer(&mut self, model: &ModelRef) {
        let answered = self.stations.iter_mut().find(|station| station.model == *model);
        if let Some(station) = answered {
            (station.failures, station.rests_until) = (0, None);
        }
    }
}

impl Turn<'_> {
    /// Each turn begins with the first model of the route again, unless that failed a short time ago.
    pub(super) async fn begin_route(&mut self) {
        let Some(route) = &self.answering.route else { return };
        let reason = match route.resting(Instant::now()) {
            None => format!("The route {} begins with its first model again.", route.name),
            Some(first) => format!("{first} failed a short time ago and is left out for now."),
        };
        self.go_over(&reason).await;
    }

    /// The model has answered.
    pub(super) fn note_answer(&mut self) {
        let Answering { served, route } = &mut *self.answering;
        if let Some(route) = route {
            route.note_answer(&served.model);
        }
    }

    /// Whether another model of the route goes on with the turn, from the last complete message on. `said`: pieces of a
    /// reply have been shown, of which nothing is kept.
    pub(super) async fn goes_on_elsewhere(&mut self, error: &BackendError, said: Said) -> bool {
        let Answering { served, route: Some(route) } = &mut *self.answering else { return false };
        if !may_work_elsewhere(error) {
            return false;
        }
        route.note_failure(&served.model, Instant::now());
        self.tried.insert(served.model.clone());
        let discarded = match said {
            Said::Nothing => "",
            Said::Something => " What it had begun to say does not count.",
        };
        let failed = format!("{} failed: {error}", served.model);
        let reason = moving::as_sentence(&failed) + discarded;
        let goes_on = self.go_over(&reason).await;
        if goes_on {
            self.warn_of_unknown_prices().await;
        }
        goes_on
    }

    /// Has the first of the route answer that this turn has not tried. False where there is none.
    async fn go_over(&mut self, reason: &str) -> bool {
        loop {
            let Some(route) = &self.answering.route else { return false };
            let order = route.order(Instant::now());
            let Some(next) = order.into_iter().find(|model| !self.tried.contains(model)) else {
                return false;
            };
            if next == self.answering.served.model {
                return true;
            }
            match self.open_station(&next, reason).await {
                Ok(()) => return true,
                Err(sentence) => {
                    if let Some(route) = &mut self.answering.route {
                        route.note_failure(&next, Instant::now());
                    }
                    self.emit(Event::Notice(sentence)).await;
                    self.tried.insert(next);
                }
            }
        }
    }

    async fn open_station(&mut self, model: &ModelRef, reason: &str) -> Result<(), String> {
        let served = self.setup.models.open(model)?;
        let from = &self.answering.served.model;
        let mut switch = moving::switch(self.conversation, from, &served)?;
        switch.reason = Some(reason.to_owned());
        self.frame.model.clone_from(&served.model.model);
        self.answering.served = served;
        self.emit(Event::BackendSwitched(switch)).await;
        Ok(())
    }
}

/// Whether the user has seen pieces of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    Something,
}

/// What this turn has tried of the route.
pub(super) type Tried = HashSet<ModelRef>;

/// A failure that is the place's own. What is wrong with the request is wrong everywhere.
fn may_work_elsewhere(error: &BackendError) -> bool {
    match error {
        BackendError::Service(service) => match service.kind {
            ErrorKind::Credentials
            | ErrorKind::RateLimited
            | ErrorKind::Overloaded
            | ErrorKind::Quota
            | ErrorKind::Blocked
            | ErrorKind::UnknownModel => true,
            ErrorKind::ContextOverflow | ErrorKind::BadRequest => false,
            ErrorKind::Other => service.is_retryable(),
        },
        BackendError::KeyRefused { .. }
        | BackendError::NoKey { .. }
        | BackendError::Credentials { .. }
        | BackendError::Connect { .. }
        | BackendError::Tls { .. }
        | BackendError::Timeout { .. }
        | BackendError::Cut { .. }
        | BackendError::Silence { .. }
        | BackendError::Malformed { .. }
        | BackendError::Settings { .. } => true,
        BackendError::Cassette(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_fails_rests_for_longer_each_time() {
        let models = ["a/one", "b/two", "c/three"].map(|name| name.parse().unwrap());
        let [one, two, _] = &models;
        let mut route = Route::new("test".to_owned(), models.to_vec());
        let start = Instant::now();
        let order = |route: &Route, seconds| {
            let order = route.order(start + Duration::from_secs(seconds));
            order.iter().map(|model| model.backend.clone()).collect::<String>()
        };
        assert_eq!(order(&route, 0), "abc");
        route.note_failure(one, start);
        assert_eq!((order(&route, 29), order(&route, 30)), ("bca".to_owned(), "abc".to_owned()));
        route.note_failure(one, start);
        route.note_failure(two, start);
        assert_eq!(order(&route, 29), "cba");
        assert_eq!((order(&route, 59), order(&route, 60)), ("bca".to_owned(), "abc".to_owned()));
        for _ in 0..40 {
            route.note_failure(one, start);
        }
        assert_eq!((order(&route, 599), order(&route, 600)), ("bca".to_owned(), "abc".to_owned()));
        route.note_answer(one);
        assert_eq!(order(&route, 1), "acb");
    }
}
