//! How the network is reached: through which proxies, and whose certificates are trusted beside the system's.
use std::{fmt, fs, path::PathBuf, sync::Arc};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Certificate, ClientBuilder, NoProxy, Proxy};
use url::Url;

use super::{
    endpoint::is_loopback,
    error::{Fault, innermost},
};
use crate::redact::Secret;

/// The same for a backend's requests and for those that fetch its credentials. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Absent: those that the system is set to use, where it has a place for that beside the environment.
    pub proxies: Option<Arc<Proxies>>,
    /// Trusted beside whom the system trusts.
    pub authorities: Vec<Authorities>,
    /// What the environment puts in the place of the system's own certificates, for people.
    pub in_place_of_system: Option<String>,
}

/// The proxies that somebody named.
pub struct Proxies {
    /// For addresses of `http`, then for those of `https`.
    http: Option<ProxyAddress>,
    https: Option<ProxyAddress>,
    exempt: Option<String>,
    matcher: Matcher,
}

/// May hold a password.
#[derive(Clone)]
pub struct ProxyAddress {
    address: Secret,
    /// The variable that names it.
    named_by: &'static str,
}

/// A file of certificates in PEM, each of somebody who issues others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorities {
    pub path: PathBuf,
    /// The setting that names it.
    pub setting: String,
}

/// Whether a proxy stands before an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyUse {
    /// None is set for such addresses.
    None,
    /// One is set, and this is reached past it.
    Past { why: &'static str },
    /// Its address, without what it lets in by, and who named it.
    Through { proxy: String, named_by: String },
}

impl Network {
    /// Which proxy stands before an address.
    pub fn proxy_before(&self, url: &Url) -> ProxyUse {
        let system;
        let (matcher, named_by) = match &self.proxies {
            Some(proxies) => (&proxies.matcher, proxies.before(url).map(|it| it.named_by)),
            None => {
                system = Matcher::from_system();
                (&system, None)
            }
        };
        let intercept = url.as_str().parse().ok().and_then(|uri| matcher.intercept(&uri));
        match (intercept, named_by) {
            (None, None) => ProxyUse::None,
            (_, _) if is_loopback(url) => ProxyUse::Past { why: "it is on this machine" },
            (None, Some(_)) => ProxyUse::Past { why: "NO_PROXY names it" },
            (Some(intercept), named_by) => {
                let proxy = intercept.uri().to_string().trim_end_matches('/').to_owned();
                let named_by = named_by.unwrap_or("the system's settings").to_owned();
                ProxyUse::Through { proxy, named_by }
            }
        }
    }

    /// The same fault on the way to an address, told of the proxy that stands before it.
    pub(super) fn told_of_proxy(&self, fault: Fault, url: &Url) -> Fault {
        let Fault::Connect { detail } = &fault else { return fault };
        let ProxyUse::Through { proxy, named_by } = self.proxy_before(url) else { return fault };
        let why = match detail.as_str() {
            "tunnel error: proxy authorization required" => {
                "it wants a user name and a password, as in http://USER:PASSWORD@HOST:PORT"
            }
            "tunnel error: unsuccessful" => "it refuses to connect there",
            "tunnel error: unexpected end of file" => "it hung up",
            other => other,
        };
        Fault::Connect { detail: format!("the proxy {proxy} ({named_by}) is on the way: {why}") }
    }

    /// Sets a client up to go through the proxies.
    pub(super) fn through_proxies(&self, builder: ClientBuilder) -> Result<ClientBuilder, Fault> {
        type Make = fn(&str) -> reqwest::Result<Proxy>;
        let Some(proxies) = &self.proxies else { return Ok(builder) };
        let mut builder = builder.no_proxy();
        let makes: [(_, Make); 2] = [
            (&proxies.http, |address| Proxy::http(address)),
            (&proxies.https, |address| Proxy::https(address)),
        ];
        for (address, make) in makes {
            let Some(ProxyAddress { address, named_by }) = address else { continue };
            let proxy = make(address.expose()).map_err(|_| Fault::Connect {
                detail: format!("{named_by} is no address of a proxy"),
            })?;
            let exempt = proxies.exempt.as_deref().and_then(NoProxy::from_string);
            builder = builder.proxy(proxy.no_proxy(exempt));
        }
        Ok(builder)
    }

    /// Sets a client up to trust the further authorities, too.
    pub(super) fn trusting(&self, mut builder: ClientBuilder) -> Result<ClientBuilder, Fault> {
        for authorities in &self.authorities {
            let certificates = authorities.read().map_err(|detail| {
                let next = format!("correct {}", authorities.setting);
                Fault::Tls { detail, next }
            })?;
            builder = builder.tls_certs_merge(certificates);
        }
        Ok(builder)
    }
}

impl Proxies {
    /// None where no address is given.
    pub fn new(
        http: Option<ProxyAddress>,
        https: Option<ProxyAddress>,
        exempt: Option<&str>,
    ) -> Option<Self> {
        if http.is_none() && https.is_none() {
            return None;
        }
        let text = |it: &Option<ProxyAddress>| {
            it.as_ref().map_or(String::new(), |it| it.address.expose().to_owned())
        };
        let matcher = Matcher::builder().http(text(&http)).https(text(&https));
        let matcher = matcher.no(exempt.unwrap_or_default().to_owned()).build();
        Some(Self { http, https, exempt: exempt.map(str::to_owned), matcher })
    }

    fn before(&self, url: &Url) -> Option<&ProxyAddress> {
        match url.scheme() {
            "http" => self.http.as_ref(),
            _ => self.https.as_ref(),
        }
    }
}

impl ProxyAddress {
    /// Absent: the text is no address of a proxy. Without a scheme it is one of `http`, as everywhere.
    pub fn new(text: &str, named_by: &'static str) -> Option<Self> {
        let text = text.trim();
        let whole = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
        let url = Url::parse(&whole).ok().filter(Url::has_host)?;
        let schemes = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];
        schemes.contains(&url.scheme()).then(|| Self { address: Secret::new(whole), named_by })
    }

    /// What must not be written anywhere.
    pub fn secrets(&self) -> Vec<Secret> {
        let url = Url::parse(self.address.expose()).ok();
        let password = url.as_ref().and_then(Url::password);
        password.map(|it| Secret::new(it.to_owned())).into_iter().collect()
    }
}

impl Authorities {
    /// How many there are in the file.
    ///
    /// # Errors
    /// A sentence that names the file and who named it.
    pub fn count(&self) -> Result<usize, String> {
        Ok(self.read()?.len())
    }

    fn read(&self) -> Result<Vec<Certificate>, String> {
        let Self { path, setting } = self;
        let file = || format!("the file {} ({setting})", path.display());
        let text = fs::read(path).map_err(|error| format!("{} can't be read: {error}", file()))?;
        let certificates = Certificate::from_pem_bundle(&text)
            .map_err(|error| format!("{} is no PEM: {}", file(), innermost(&error)))?;
        if certificates.is_empty() {
            return Err(format!("{} holds no certificate in PEM", file()));
        }
        Ok(certificates)
    }
}

impl fmt::Debug for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.matcher.fmt(f)
    }
}
