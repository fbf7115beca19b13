//! How a backend is reached: through which proxy, and whom its connection trusts.
use serde_json::{Value, json};
use url::Url;

use crate::backend::{self, Authorities, BackendSettings, ProxyUse};

pub(super) struct Reach {
    proxy: ProxyUse,
    trust: Option<Trust>,
}

/// Absent where nothing is encrypted.
struct Trust {
    in_place_of_system: Option<String>,
    /// With how many certificates each holds.
    authorities: Vec<(Authorities, Result<usize, String>)>,
}

impl Reach {
    /// Absent: the backend has no address.
    pub(super) fn of(backend: &BackendSettings) -> Option<Self> {
        let url = Url::parse(&backend::base_url(backend)?).ok()?;
        let network = &backend.network;
        let trust = (url.scheme() == "https").then(|| Trust {
            in_place_of_system: network.in_place_of_system.clone(),
            authorities: network.authorities.iter().map(|it| (it.clone(), it.count())).collect(),
        });
        Some(Self { proxy: network.proxy_before(&url), trust })
    }

    /// What no connection can be made with.
    pub(super) fn problem(&self) -> Option<&str> {
        let authorities = self.trust.iter().flat_map(|trust| &trust.authorities);
        authorities.filter_map(|(_, count)| count.as_ref().err()).map(String::as_str).next()
    }

    /// What differs from a plain connection, for people.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        match &self.proxy {
            ProxyUse::None => {}
            ProxyUse::Past { why } => rows.push(("proxy", format!("none: {why}"))),
            ProxyUse::Through { proxy, named_by } => {
                rows.push(("proxy", format!("{proxy} ({named_by})")));
            }
        }
        let Some(trust) = &self.trust else { return rows };
        if let Some(named) = &trust.in_place_of_system {
            rows.push(("trusts", format!("{named}, in place of the system's certificates")));
        }
        for (Authorities { path, setting }, count) in &trust.authorities {
            let count = match count {
                Ok(1) => "1 certificate".to_owned(),
                Ok(count) => format!("{count} certificates"),
                // It is told as the problem.
                Err(_) => continue,
            };
            rows.push(("trusts", format!("{count} of {} ({setting}), too", path.display())));
        }
        rows
    }

    pub(super) fn as_json(&self) -> Value {
        let (proxy, source, past) = match &self.proxy {
            ProxyUse::None => (None, None, None),
            ProxyUse::Past { why } => (None, None, Some(*why)),
            ProxyUse::Through { proxy, named_by } => (Some(proxy), Some(named_by), None),
        };
        let file = |(Authorities { path, setting }, count): &(
            Authorities,
            Result<usize, String>,
        )| {
            json!({ "path": path, "setting": setting, "certificates": count.as_ref().ok() })
        };
        let trust = self.trust.as_ref();
        let files = trust.iter().flat_map(|trust| trust.authorities.iter().map(file));
        json!({
            "proxy": proxy,
            "proxy_source": source,
            "proxy_passed_by": past,
            "trust_in_place_of_system": trust.and_then(|it| it.in_place_of_system.as_ref()),
            "ca_files": files.collect::<Value>(),
        })
    }
}
