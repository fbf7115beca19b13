//! How the network is reached, as the usual variables and the configuration's tables say.
use std::{path::PathBuf, sync::Arc};

use super::{Environment, values::Values};
use crate::{
    backend::{Authorities, Network, Proxies, ProxyAddress},
    redact::Secret,
};

const HTTP: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const HTTPS: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// What the library that reads the system's certificates goes by.
const IN_PLACE_OF_SYSTEM: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

pub(super) struct Found {
    pub(super) network: Network,
    /// Passwords of proxies.
    pub(super) secrets: Vec<Secret>,
    pub(super) notices: Vec<String>,
}

pub(super) fn find(values: &Values, environment: &Environment) -> Found {
    let mut notices = Vec::new();
    let mut address = |variables: &[&'static str]| {
        let set = |name: &&'static str| Some((*name, environment.get(name)?));
        let (name, text) = variables.iter().find_map(set)?;
        let address = ProxyAddress::new(text, name);
        if address.is_none() {
            // It may hold a password.
            let notice = format!(
                "{name} is no address of a proxy such as http://HOST:PORT, and is not used"
            );
            if !notices.contains(&notice) {
                notices.push(notice);
            }
        }
        address
    };
    let (http, https) = (address(&HTTP), address(&HTTPS));
    let secrets = http.iter().chain(&https).flat_map(ProxyAddress::secrets).collect();
    let exempt = EXEMPT.into_iter().find_map(|name| environment.get(name));
    let network = Network {
        proxies: Proxies::new(http, https, exempt).map(Arc::new),
        authorities: authorities("network.ca_file", values, environment).into_iter().collect(),
        in_place_of_system: in_place_of_system(environment),
    };
    Found { network, secrets, notices }
}

/// Those that a key names.
pub(super) fn authorities(
    key: &str,
    values: &Values,
    environment: &Environment,
) -> Option<Authorities> {
    let text = values.get(key)?.value.as_str()?;
    let path = match (text.strip_prefix("~/"), environment.home()) {
        (Some(below), Some(home)) => home.join(below),
        (Some(_), None) | (None, _) => PathBuf::from(text),
    };
    Some(Authorities { path, setting: key.to_owned() })
}

fn in_place_of_system(environment: &Environment) -> Option<String> {
    // Apple's own library knows none of them.
    if cfg!(target_vendor = "apple") {
        return None;
    }
    let named = IN_PLACE_OF_SYSTEM.into_iter();
    let named = named.filter_map(|name| Some(format!("{} ({name})", environment.get(name)?)));
    let named: Vec<String> = named.collect();
    (!named.is_empty()).then(|| named.join(" and "))
}
