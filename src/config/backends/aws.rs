//! A backend at AWS: its address in a region, and what lets it in there.
use super::Table;
use crate::{
    backend::{Aws, AwsService, BackendSettings, Credentials, Key, Means, Surroundings},
    config::Environment,
    redact::Secret,
};

impl Table<'_> {
    /// The address of a service of AWS in its region, and the credentials of AWS where no key of the service is set.
    pub(super) fn place_at_aws(
        &self,
        settings: &mut BackendSettings,
        service: AwsService,
        environment: &Environment,
        means: &Means,
    ) {
        let (surroundings, profile) =
            (surroundings(environment), settings.place.profile.as_deref());
        let region = settings.place.region.clone();
        let named = || settings.base_url.as_deref().and_then(|url| service.region_of(url));
        let region = region.or_else(|| named().map(str::to_owned));
        let region = region.or_else(|| surroundings.region(profile)).unwrap_or_default();
        let is_at_aws = settings.base_url.is_none();
        if is_at_aws {
            settings.base_url = service.base_url(&region);
        }
        // As in AWS's own programs, a key of the service goes before all other credentials, unless a profile is chosen.
        let usual = settings.kind.key_variables().iter().filter(|_| is_at_aws);
        let usual = usual.copied().find_map(|name| Some((name, environment.get(name)?.trim())));
        match (&settings.key, usual) {
            (_, _) if profile.is_some() => {}
            (Key::Found { .. } | Key::Sought(_), _) => return,
            (Key::None | Key::Missing { .. }, Some((source, key))) => {
                let (secret, source) = (Secret::new(key.to_owned()), source.to_owned());
                settings.key = Key::Found { secret, source };
                return;
            }
            (Key::None | Key::Missing { .. }, None) => {}
        }
        let profile = profile.map(str::to_owned);
        let address = settings.base_url.as_deref().unwrap_or_default();
        let chain = Aws::new(surroundings, profile, service.scope(&region, address));
        settings.key = Key::Sought(Credentials::new(chain, means.clone()));
    }
}

/// What AWS's own programs would go by here.
pub(super) fn surroundings(environment: &Environment) -> Surroundings {
    Surroundings::new(environment.texts(), environment.home())
}
