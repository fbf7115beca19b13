//! A client's certificate in the place of a secret: what is signed by it is verified as Entra ID does.
use std::{fs, time::Duration, time::SystemTime};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use bowline::backend::{About, Credentials, CredentialsError, Entra, EntraSettings, Means};
use rcgen::{CertificateParams, KeyPair};
use ring::{
    digest::{SHA256, digest},
    signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey},
};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::web::{Asked, Web};

const TEST_KEY: &str = include_str!("test_key.pem");
const START: u64 = 1_700_000_000;

/// What is registered with the application.
#[derive(Clone)]
struct Registered {
    der: Vec<u8>,
    public_key: Vec<u8>,
}

/// A certificate of the key that tests have, and both in one file.
fn certificate() -> (Registered, String) {
    let key = &TEST_KEY[TEST_KEY.find("-----").unwrap()..];
    let pair = KeyPair::from_pem(key).unwrap();
    let certificate = CertificateParams::new([]).unwrap().self_signed(&pair).unwrap();
    let public_key = rcgen::PublicKeyData::der_bytes(&pair).to_vec();
    let registered = Registered { der: certificate.der().to_vec(), public_key };
    (registered, format!("{}{key}", certificate.pem()))
}

fn token(asked: &Asked, registered: &Registered) -> (u16, Value) {
    let form = asked.form();
    let says = |name: &str, value: &str| form.get(name).is_some_and(|it| it == value);
    let is_form = says("grant_type", "client_credentials")
        && says("client_id", "client-1")
        && says("scope", "https://ai.azure.com/.default")
        && says("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        && !form.contains_key("client_secret");
    let host = &asked.headers["host"];
    let audience = format!("http://{host}/tenant-1/oauth2/v2.0/token");
    let verified = form.get("client_assertion").ok_or("there is none");
    match verified.and_then(|it| verify(it, registered, &audience)) {
        Ok(()) if is_form && asked.path == "/tenant-1/oauth2/v2.0/token" => {
            (200, json!({ "access_token": "tok3n.of-the.certificate", "expires_in": 3599 }))
        }
        Ok(()) => (400, json!({ "error": "invalid_request" })),
        Err(why) => {
            let why = format!("AADSTS700027: {why}");
            (401, json!({ "error": "invalid_client", "error_description": why }))
        }
    }
}

fn verify(assertion: &str, registered: &Registered, audience: &str) -> Result<(), &'static str> {
    let (signed, signature) = assertion.rsplit_once('.').ok_or("no token")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| "no base64")?;
    let key = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, &registered.public_key);
    key.verify(signed.as_bytes(), &signature).map_err(|_| "the signature is wrong")?;
    let (header, claims) = signed.split_once('.').ok_or("no token")?;
    let read = |part: &str| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap_or_default())
            .unwrap_or_default()
    };
    let (header, claims) = (read(header), read(claims));
    let thumbprint = URL_SAFE_NO_PAD.encode(digest(&SHA256, &registered.der));
    if header["alg"] != "PS256" || header["typ"] != "JWT" || header["x5t#S256"] != thumbprint {
        return Err("the header is wrong");
    }
    let chain = &header["x5c"];
    if !chain.is_null() && *chain != json!([STANDARD.encode(&registered.der)]) {
        return Err("the chain is wrong");
    }
    let is_ours = claims["iss"] == "client-1" && claims["sub"] == "client-1";
    if !is_ours || claims["aud"] != audience || !claims["jti"].is_string() {
        return Err("the claims are wrong");
    }
    if claims["nbf"] != START || claims["exp"] != START + 600 {
        return Err("it is not of now");
    }
    Ok(())
}

async fn about(text: &str, sends_chain: bool) -> (Result<About, CredentialsError>, Vec<Asked>) {
    let registered = certificate().0;
    let web = Web::start(move |asked| token(asked, &registered)).await;
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    let settings = EntraSettings {
        tenant: Some("tenant-1".into()),
        client: Some("client-1".into()),
        certificate: Some(file.path().to_owned()),
        sends_chain,
        authority: web.url(),
        scopes: vec!["https://ai.azure.com/.default".into()],
        only: Some("EnvironmentCredential".into()),
        ..EntraSettings::default()
    };
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(START);
    let means = Means::default().with_clock(move || now);
    let about = Credentials::new(Entra::new(settings), means).about().await;
    (about, web.asked())
}

#[tokio::test]
async fn what_a_certificate_signs_lets_in() {
    let text = certificate().1;
    for sends_chain in [false, true] {
        let (about, asked) = about(&text, sends_chain).await;
        let about = about.unwrap();
        assert!(about.source.starts_with("the client certificate /"), "{about:?}");
        assert!(about.expires.is_some());
        let header = asked[0].form()["client_assertion"].split('.').next().unwrap().to_owned();
        let header = String::from_utf8(URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header.contains("x5c"), sends_chain, "{header}");
    }
}

#[tokio::test]
async fn a_certificate_that_can_not_be_used_is_told_and_never_its_key() {
    let (_, text) = certificate();
    let key = &text[text.find("-----BEGIN PRIVATE").unwrap()..];
    let certificate = &text[..text.find("-----BEGIN PRIVATE").unwrap()];
    let other = KeyPair::generate().unwrap();
    let of_other = CertificateParams::new([]).unwrap().self_signed(&other).unwrap().pem();
    for (text, expected) in [
        ("".to_owned(), "is no PEM"),
        (key.to_owned(), "holds no certificate"),
        (certificate.to_owned(), "holds a private key that is neither"),
        (format!("{certificate}{}", other.serialize_pem()), "that is no RSA key of 2048 bits"),
        (text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "a private key that is encrypted"),
        (format!("{of_other}{key}"), "AADSTS700027: the header is wrong"),
    ] {
        let (about, _) = about(&text, false).await;
        let told = about.unwrap_err().to_string();
        assert!(told.contains(expected), "{expected}: {told}");
        assert!(
            told.contains("openssl pkcs12") || told.contains("knows this certificate"),
            "{told}"
        );
        assert!(!key.lines().any(|line| line.len() > 40 && told.contains(line)), "{told}");
    }
}
