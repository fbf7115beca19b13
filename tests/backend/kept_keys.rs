//! Keys of `bowline login` and the keyring: where each lies, for which address, and what happens where the keyring is not to be had.
use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt,
    sync::{Arc, Mutex},
};

use bowline::{
    backend::{self, About, CredentialsError, Key},
    config::{self, Config, Environment, KeepIn, Overrides},
    keyring::{Item, Keyring, KeyringError},
    redact::{Redactor, Secret},
};
use tempfile::TempDir;

use super::{request, run};
use crate::support::{
    server::{Answer, Server},
    speech::{Protocol, Said},
};

const KEY: &str = "sk-canary-0123456789abcdef";
const OTHER: &str = "sk-other-fedcba9876543210";

/// A keyring that can be locked.
#[derive(Debug, Default)]
struct Drawer {
    keys: Mutex<HashMap<Item, Secret>>,
    is_locked: Mutex<bool>,
    /// How often it was opened.
    opened: Mutex<usize>,
}

impl Drawer {
    fn open(&self) -> Result<(), KeyringError> {
        *self.opened.lock().unwrap() += 1;
        if *self.is_locked.lock().unwrap() { Err(KeyringError::Locked) } else { Ok(()) }
    }

    fn holds(&self) -> Vec<String> {
        let keys = self.keys.lock().unwrap();
        let mut held: Vec<_> =
            keys.iter().map(|(it, key)| format!("{} {}", it.address, key.expose())).collect();
        held.sort();
        held
    }
}

impl Keyring for Drawer {
    fn name(&self) -> &'static str {
        "the drawer"
    }

    fn keep(&self, item: &Item, key: &Secret) -> Result<(), KeyringError> {
        self.open()?;
        self.keys.lock().unwrap().insert(item.clone(), key.clone());
        Ok(())
    }

    fn find(&self, item: &Item) -> Result<Option<Secret>, KeyringError> {
        self.open()?;
        Ok(self.keys.lock().unwrap().get(item).cloned())
    }

    fn forget(&self, item: &Item) -> Result<bool, KeyringError> {
        self.open()?;
        Ok(self.keys.lock().unwrap().remove(item).is_some())
    }
}

struct Home {
    directory: TempDir,
    drawer: Arc<Drawer>,
}

impl Home {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), drawer: Arc::default() }
    }

    /// A session that has no keyring.
    fn bare(&self) -> Environment {
        let home = self.directory.path();
        let path = |folder: &str| home.join(folder).into_os_string();
        Environment::from_pairs([
            ("HOME", home.as_os_str().to_owned()),
            ("BOWLINE_STATE_HOME", path("state")),
            ("BOWLINE_CONFIG_HOME", path("config")),
        ])
    }

    fn session(&self) -> Environment {
        self.bare().with_keyring(Arc::clone(&self.drawer) as _)
    }

    /// One backend, `gw`, at this address.
    fn config(&self, environment: &Environment, address: &str) -> Config {
        let file = self.directory.path().join("config/config.toml");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = format!("[backends.gw]\nkind = \"openai-chat\"\nbase_url = \"{address}\"\n");
        fs::write(file, text).unwrap();
        config::load(environment, self.directory.path(), &Overrides::default()).unwrap()
    }

    fn keep(&self, environment: &Environment, key: &str, at: &str, to: KeepIn) -> config::Kept {
        config::keep_key(environment, "gw", Secret::new(key.to_owned()), at, to).unwrap()
    }

    fn file(&self) -> String {
        fs::read_to_string(self.directory.path().join("state/credentials.json")).unwrap_or_default()
    }
}

async fn about(config: &Config) -> Result<About, CredentialsError> {
    match &config.settings().backends["gw"].key {
        Key::Sought(credentials) => credentials.about().await,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_lies_in_the_keyring_and_is_fetched_when_a_request_needs_it() {
    let (home, server) = (Home::new(), Server::start([said("Done."), said("Done.")]).await);
    server.want_key(KEY);
    let (session, address) = (home.session(), server.base_url());
    let kept = home.keep(&session, KEY, &address, KeepIn::Keyring);
    assert_eq!((kept.place.as_str(), kept.no_keyring), ("the keyring (the drawer)", None));
    assert!(!home.file().contains(KEY) && home.file().contains(&address), "{}", home.file());
    let mode = fs::metadata(home.directory.path().join("state/credentials.json")).unwrap();
    assert_eq!(mode.permissions().mode() & 0o777, 0o600);

    let config = home.config(&session, &address);
    let redactor = Arc::new(Redactor::new(config.secrets()));
    let backend =
        backend::open(&config.settings().backends["gw"], None, Arc::clone(&redactor)).unwrap();
    assert_eq!(*home.drawer.opened.lock().unwrap(), 1, "to keep it");
    for _ in 0..2 {
        let ran = run(&*backend, request()).await;
        assert_eq!((ran.text().as_str(), ran.error), ("Done.", None));
    }
    assert_eq!(*home.drawer.opened.lock().unwrap(), 2);
    assert_eq!(about(&config).await.unwrap().source, "`bowline login` (keyring: the drawer)");
    assert_eq!(redactor.redact(&format!("a {KEY} b")), "a [redacted] b");
    assert!(!format!("{config:?}").contains(KEY));

    // At another address it is not even asked for.
    let elsewhere = home.config(&session, "http://127.0.0.1:9/v1");
    let notices = elsewhere.notices().join("\n");
    assert!(notices.contains("was given for another address"), "{notices}");
    assert!(matches!(elsewhere.settings().backends["gw"].key, Key::None | Key::Missing { .. }));
    assert_eq!(*home.drawer.opened.lock().unwrap(), 2);
}

fn said(text: &str) -> Answer {
    Answer::reply(Protocol::Chat, &[Said::Text(text)])
}

#[test]
fn each_login_and_logout_leaves_one_key_in_one_place() {
    let (here, there) = ("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1");
    let home = Home::new();
    let session = home.session();
    home.keep(&session, KEY, here, KeepIn::Keyring);
    home.keep(&session, OTHER, there, KeepIn::Keyring);
    assert_eq!(home.drawer.holds(), [format!("{there} {OTHER}")]);

    let kept = home.keep(&session, KEY, there, KeepIn::File);
    assert!(kept.place.ends_with("credentials.json") && kept.no_keyring.is_none(), "{kept:?}");
    assert!(home.drawer.holds().is_empty() && home.file().contains(KEY), "{}", home.file());

    home.keep(&session, OTHER, there, KeepIn::Keyring);
    assert!(!home.file().contains(KEY) && !home.file().contains(OTHER), "{}", home.file());
    // Of a keyring that can't be opened nothing is forgotten, and that is said.
    *home.drawer.is_locked.lock().unwrap() = true;
    let error = config::forget_key(&session, "gw").unwrap_err().to_string();
    assert!(error.contains("lies in the keyring, and stays there: it is locked"), "{error}");
    let error = config::forget_key(&home.bare(), "gw").unwrap_err().to_string();
    assert!(error.contains("there is no session bus"), "{error}");
    assert!(home.file().contains(there));

    *home.drawer.is_locked.lock().unwrap() = false;
    let place = config::forget_key(&session, "gw").unwrap();
    assert_eq!(place.as_deref(), Some("the keyring (the drawer)"));
    assert!(home.drawer.holds().is_empty() && home.file().is_empty(), "{}", home.file());
    assert_eq!(config::forget_key(&session, "gw").unwrap(), None);
}

#[tokio::test]
async fn without_a_keyring_the_file_serves_and_a_key_that_is_out_of_reach_is_told() {
    let address = "http://127.0.0.1:1/v1";
    let home = Home::new();
    *home.drawer.is_locked.lock().unwrap() = true;
    for (environment, why) in
        [(home.bare(), "there is no session bus"), (home.session(), "it is locked, and was not")]
    {
        let kept = home.keep(&environment, KEY, address, KeepIn::Keyring);
        assert!(kept.no_keyring.unwrap().contains(why));
        assert!(home.file().contains(KEY));
        let config = home.config(&environment, address);
        let Key::Found { source, .. } = &config.settings().backends["gw"].key else { panic!() };
        assert!(source.ends_with("credentials.json)"), "{source}");
    }

    *home.drawer.is_locked.lock().unwrap() = false;
    home.keep(&home.session(), KEY, address, KeepIn::Keyring);
    home.drawer.keys.lock().unwrap().clear();
    let next = "or keep the key in a file: bowline login gw --file";
    for (environment, is_locked, why) in [
        (
            home.bare(),
            false,
            "lies in the keyring, but there is none here, as there is no session bus",
        ),
        (home.session(), true, "lies in the keyring, but it is locked"),
        (home.session(), false, "lies in the keyring, but it is there no longer"),
    ] {
        *home.drawer.is_locked.lock().unwrap() = is_locked;
        let error = about(&home.config(&environment, address)).await.unwrap_err().to_string();
        assert!(error.contains(why) && error.contains(next), "{error}");
    }
}
