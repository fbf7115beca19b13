//! Servers behind TLS, with certificates that are made on the spot, and a proxy that sees whom it is asked for.
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, pki_types::PrivateKeyDer},
    server::TlsStream,
};

/// Whoever issues certificates, and the file that says so.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

/// What a server shows.
#[derive(Clone)]
pub(crate) struct Shown(Arc<ServerConfig>);

/// Takes the encryption off and hands on what comes.
pub(crate) struct Front {
    pub(crate) address: SocketAddr,
    accepting: AbortHandle,
}

/// Connects to who stands for a name, and keeps whom it was asked for.
pub(crate) struct ProxyStandIn {
    address: SocketAddr,
    asked: Arc<Mutex<BTreeSet<String>>>,
    accepting: AbortHandle,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(issuer.pem().as_bytes()).unwrap();
        Self { issuer, file }
    }

    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// A certificate for a host, good in these years.
    pub(crate) fn issue(&self, host: &str, years: (i32, i32)) -> Shown {
        let mut params = CertificateParams::new([host.to_owned()]).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Shown::new(certificate.der().clone(), &key)
    }

    /// Its own certificate, as a server's.
    pub(crate) fn shows_itself(&self) -> Shown {
        Shown::new(self.issuer.der().clone(), self.issuer.key())
    }
}

impl Shown {
    fn new(certificate: rustls::pki_types::CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Self(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()))
    }

    pub(crate) fn speaking(self, protocol: &str) -> Self {
        let mut config = ServerConfig::clone(&self.0);
        config.alpn_protocols = vec![protocol.into()];
        Self(Arc::new(config))
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        TlsAcceptor::from(Arc::clone(&self.0)).accept(stream).await
    }
}

impl Front {
    pub(crate) async fn before(address: SocketAddr, shown: Shown) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shown = shown.clone();
                tokio::spawn(async move {
                    let mut stream = shown.accept(stream).await?;
                    let mut behind = TcpStream::connect(address).await?;
                    copy_bidirectional(&mut stream, &mut behind).await
                });
            }
        });
        Self { address: own, accepting: accepting.abort_handle() }
    }
}

impl ProxyStandIn {
    /// `hosts`: who stands for a name and its port. `wants`: what it has to be let in by.
    pub(crate) async fn start(
        hosts: impl IntoIterator<Item = (&'static str, SocketAddr)>,
        wants: Option<&'static str>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) =
            (listener.local_addr().unwrap(), Arc::<Mutex<BTreeSet<_>>>::default());
        let (kept, hosts) = (Arc::clone(&asked), Arc::new(hosts.into_iter().collect()));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(tunnel(stream, Arc::clone(&hosts), wants, Arc::clone(&kept)));
            }
        });
        Self { address, asked, accepting: accepting.abort_handle() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The names and ports.
    pub(crate) fn asked(&self) -> BTreeSet<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn tunnel(
    stream: TcpStream,
    hosts: Arc<BTreeMap<&'static str, SocketAddr>>,
    wants: Option<&str>,
    asked: Arc<Mutex<BTreeSet<String>>>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).await? > 0 {}
    let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
    let target = target.unwrap_or(&head).to_owned();
    asked.lock().unwrap().insert(target.clone());
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let mut leave = headers.filter(|(name, _)| name.eq_ignore_ascii_case("proxy-authorization"));
    if wants.is_some_and(|wanted| leave.all(|(_, given)| given != wanted)) {
        return stream.write_all(b"HTTP/1.1 407 Who are you?\r\n\r\n").await;
    }
    let Some(address) = hosts.get(target.as_str()) else {
        return stream.write_all(b"HTTP/1.1 403 Not there\r\n\r\n").await;
    };
    let mut behind = TcpStream::connect(address).await?;
    stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    copy_bidirectional(&mut stream, &mut behind).await.map(drop)
}

impl Drop for Front {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Drop for ProxyStandIn {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
