//! What lets requests in: looked for when the first one is to be sent, renewed in place, one search for all who wait.
//!
//! A kind of credentials is a [`Source`], which finds them, and a [`Pass`], which puts what was found onto a request.
pub(super) mod aws;
mod command;
mod entra;
mod error;
mod gate;
mod google;
mod jwt;
mod key;
mod means;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared, WeakShared},
};
use reqwest::Request;

use super::{
    BackendError,
    settings::{BackendSettings, Key},
};
use crate::{redact::Secret, wire::ServiceError};

use key::FixedKey;

pub(super) use gate::{Admission, Gate};

pub use command::KeyCommand;
pub use entra::{Entra, EntraSettings};
pub use error::{CredentialsError, Tried};
pub use google::{Gcloud, Google, GoogleSettings};
pub use key::InHeader;
pub use means::{Answered, Clock, Means, ProgramError, Programs};

/// So long before they end, credentials are renewed.
const EARLY: Duration = Duration::from_secs(5 * 60);
/// Credentials that hold are not looked for more often, even when they are about to end.
const LEAST_PAUSE: Duration = Duration::from_secs(30);

/// Where credentials of one kind are found.
pub trait Source: fmt::Debug + Send + Sync {
    /// What people call them, such as a variable or "Microsoft Entra ID".
    fn name(&self) -> &str;

    /// Finds credentials; later, newer ones. Never under way twice at a time. Dropping the future ends the search.
    fn find<'a>(
        &'a self,
        means: &'a Means,
        why: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>>;

    /// Whether newer credentials may help against this refusal.
    fn is_renewed_after(&self, refusal: &ServiceError) -> bool {
        refusal.status == Some(401)
    }
}

/// Puts credentials onto requests.
pub trait Pass: fmt::Debug + Send + Sync {
    /// Signs a request that is otherwise ready: method, URL, headers and body stay as they are. The client adds
    /// `host`, `user-agent`, `accept-encoding` and the framing afterwards.
    ///
    /// # Errors
    /// A sentence without any secret.
    fn sign(&self, request: &mut Request, now: SystemTime) -> Result<(), String>;

    /// What must not be written anywhere.
    fn secrets(&self) -> Vec<Secret>;
}

/// Why credentials are looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Why {
    /// There are none, or they end soon.
    Needed,
    /// The service took those that there were no longer.
    Refused(ServiceError),
}

/// Credentials, and what there is to say of them.
#[derive(Debug)]
pub struct Found {
    pub pass: Box<dyn Pass>,
    pub about: About,
}

/// For people; nothing in it is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// The variable, file, program or service that gave them.
    pub source: String,
    /// As whom they let in, where that can be seen.
    pub identity: Option<String>,
    /// Absent: nobody knows an end of them.
    pub expires: Option<SystemTime>,
    /// What is asked with them, where nobody has said so.
    pub project: Option<Project>,
}

/// A project of Google Cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    pub id: String,
    /// The file or service that named it.
    pub source: String,
}

/// The credentials of a backend. Clones share what was found.
#[derive(Clone)]
pub struct Credentials(Arc<Parts>);

struct Parts {
    source: Box<dyn Source>,
    means: Means,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    found: Option<Arc<Found>>,
    /// When the last search ended.
    looked: Option<SystemTime>,
    /// A search under way lasts as long as anybody waits for it.
    search: Option<WeakShared<BoxFuture<'static, Sought>>>,
}

type Sought = Result<Arc<Found>, CredentialsError>;
type Search = Shared<BoxFuture<'static, Sought>>;

impl About {
    /// Nothing is known of them but where they come from.
    pub fn of(source: impl Into<String>) -> Self {
        Self { source: source.into(), identity: None, expires: None, project: None }
    }
}

impl Found {
    pub fn new(pass: impl Pass + 'static, about: About) -> Self {
        Self { pass: Box::new(pass), about }
    }

    fn holds_at(&self, now: SystemTime) -> bool {
        self.about.expires.is_none_or(|expires| now < expires)
    }
}

impl Credentials {
    pub fn new(source: impl Source + 'static, means: Means) -> Self {
        let (source, state) = (Box::new(source), Mutex::default());
        Self(Arc::new(Parts { source, means, state }))
    }

    /// Those that a backend is set to use. Absent: it wants none.
    fn of(settings: &BackendSettings) -> Result<Option<Self>, BackendError> {
        let backend = || settings.name.clone();
        match &settings.key {
            Key::None => Ok(None),
            Key::Sought(credentials) => Ok(Some(credentials.clone())),
            Key::Missing { wanted } => {
                let (wanted, unsent) = (wanted.clone(), settings.unsent.clone());
                Err(BackendError::NoKey { backend: backend(), wanted, unsent })
            }
            Key::Found { secret, source } => {
                let (secret, source) = (secret.clone(), source.clone());
                let key = FixedKey { header: settings.key_header, secret, source };
                key.found()
                    .map_err(|detail| BackendError::Settings { backend: backend(), detail })?;
                Ok(Some(Self::new(key, Means::default())))
            }
        }
    }

    /// What people call their kind.
    pub fn name(&self) -> &str {
        self.0.source.name()
    }

    /// What is known of them without a look.
    pub fn known(&self) -> Option<About> {
        self.0.state().found.as_ref().map(|found| found.about.clone())
    }

    /// What there is to say of them, once they are found.
    pub async fn about(&self) -> Result<About, CredentialsError> {
        Ok(self.get().await?.about.clone())
    }

    fn now(&self) -> SystemTime {
        self.0.means.now()
    }

    /// Those that hold, found anew where they end soon.
    async fn get(&self) -> Sought {
        let now = self.now();
        let (held, search) = {
            let mut state = self.0.state();
            let held = state.found.as_ref().filter(|found| found.holds_at(now)).cloned();
            match held {
                Some(held) if !state.is_due(&held, now) => return Ok(held),
                held => (held, Parts::search(&self.0, &mut state, Why::Needed)),
            }
        };
        match (search.await, held) {
            // Nothing newer was to be had, and these still hold.
            (Err(_), Some(held)) => Ok(held),
            (sought, _) => sought,
        }
    }

    fn are_renewed_after(&self, refusal: &ServiceError) -> bool {
        self.0.source.is_renewed_after(refusal)
    }

    /// Others in place of those that the service refused: somebody else may have found them already.
    async fn replace(&self, refused: &Arc<Found>, refusal: &ServiceError) -> Sought {
        let search = {
            let mut state = self.0.state();
            match &state.found {
                Some(found) if !Arc::ptr_eq(found, refused) => return Ok(Arc::clone(found)),
                Some(_) | None => Parts::search(&self.0, &mut state, Why::Refused(refusal.clone())),
            }
        };
        search.await
    }
}

impl Parts {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins the search that is under way, or begins one.
    fn search(parts: &Arc<Self>, state: &mut State, why: Why) -> Search {
        if let Some(search) = state.search.as_ref().and_then(WeakShared::upgrade) {
            return search;
        }
        let parts = Arc::clone(parts);
        let search = async move {
            let sought = parts.source.find(&parts.means, &why).await.map(Arc::new);
            let mut state = parts.state();
            state.search = None;
            state.looked = Some(parts.means.now());
            if let Ok(found) = &sought {
                state.found = Some(Arc::clone(found));
            }
            sought
        };
        let search = search.boxed().shared();
        state.search = search.downgrade();
        search
    }
}

impl State {
    fn is_due(&self, found: &Found, now: SystemTime) -> bool {
        let ends_soon = found.about.expires.is_some_and(|expires| now + EARLY >= expires);
        let was_just_looked_for = self.looked.is_some_and(|looked| now < looked + LEAST_PAUSE);
        ends_soon && !was_just_looked_for
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Credentials").field(&self.0.source).finish()
    }
}
