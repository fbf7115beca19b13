//! Credentials that are looked for: when, how often, and what a refusal or their end leads to.
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use bowline::{
    backend::{
        About, BackendSettings, Credentials, CredentialsError, Found, InHeader, Key, KeyHeader,
        Means, Pass, Source, Why,
    },
    protocol::FailureKind,
    redact::Secret,
};
use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, join_all},
};
use tokio::sync::Semaphore;

use super::{hello, names, open, refusal, request, run, settings};
use crate::support::{
    server::{Answer, Server},
    speech::Protocol,
};

const CHAT: Protocol = Protocol::Chat;

/// Gives tokens one after the other, each of which lasts an hour, as soon as it may.
#[derive(Debug, Clone)]
struct Purse {
    tokens: Arc<Mutex<VecDeque<Result<&'static str, &'static str>>>>,
    searches: Arc<AtomicUsize>,
    allowed: Arc<Semaphore>,
    /// Seconds since 1970.
    time: Arc<AtomicU64>,
}

impl Purse {
    fn new(tokens: impl IntoIterator<Item = Result<&'static str, &'static str>>) -> Self {
        Self {
            tokens: Arc::new(Mutex::new(tokens.into_iter().collect())),
            searches: Arc::default(),
            allowed: Arc::new(Semaphore::new(99)),
            time: Arc::new(AtomicU64::new(1_000_000)),
        }
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.time.load(Ordering::SeqCst))
    }

    fn wait(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    fn searches(&self) -> usize {
        self.searches.load(Ordering::SeqCst)
    }

    fn settings(&self, server: &Server) -> BackendSettings {
        let clock = self.clone();
        let means = Means::default().with_clock(move || clock.now());
        let key = Key::Sought(Credentials::new(self.clone(), means));
        BackendSettings { key, ..settings(CHAT, server) }
    }
}

impl Source for Purse {
    fn name(&self) -> &str {
        "the purse"
    }

    fn find<'a>(
        &'a self,
        means: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        async {
            self.searches.fetch_add(1, Ordering::SeqCst);
            self.allowed.acquire().await.unwrap().forget();
            let token = self.tokens.lock().unwrap().pop_front().unwrap_or(Err("it is empty"));
            let token = token.map_err(|why| CredentialsError::new(why, "fill it"))?;
            let pass = InHeader::new(KeyHeader::Bearer, &Secret::new(token.to_owned()));
            let expires = Some(means.now() + Duration::from_secs(3600));
            let about = About { expires, ..About::of("the purse") };
            Ok(Found::new(pass.unwrap(), about))
        }
        .boxed()
    }
}

fn refused() -> Answer {
    refusal(CHAT, 401, "the token has expired", "invalid_api_key")
}

fn tokens_seen(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let tokens = requests.iter().map(|it| it.headers["authorization"].replace("Bearer ", ""));
    tokens.collect()
}

#[tokio::test]
async fn nothing_is_looked_for_before_it_is_needed() {
    let server = Server::start([hello(CHAT), hello(CHAT)]).await;
    let purse = Purse::new([Ok("one-aaaaaaaa")]);
    let settings = purse.settings(&server);
    let backend = open(&settings);
    assert_eq!(purse.searches(), 0);
    for _ in 0..2 {
        assert_eq!(run(&*backend, request()).await.text(), "Hello");
    }
    assert_eq!(purse.searches(), 1);
    assert_eq!(tokens_seen(&server), ["one-aaaaaaaa"; 2]);
    let printed = format!("{settings:?}");
    assert!(!printed.contains("one-aaaaaaaa"), "{printed}");
    let Key::Sought(credentials) = &settings.key else { panic!("{printed}") };
    assert_eq!(credentials.known().unwrap().source, "the purse");
}

#[tokio::test]
async fn a_refusal_leads_to_one_renewal_and_the_same_request() {
    for (answers, tokens, error, text) in [
        (vec![refused(), hello(CHAT)], vec!["one-aaaaaaaa", "two-bbbbbbbb"], None, "Hello"),
        (
            vec![refused(), refused()],
            vec!["one-aaaaaaaa", "two-bbbbbbbb"],
            Some("the key came from the purse"),
            "",
        ),
    ] {
        let server = Server::start(answers).await;
        let purse = Purse::new([Ok("one-aaaaaaaa"), Ok("two-bbbbbbbb")]);
        let ran = run(&*open(&purse.settings(&server)), request()).await;
        assert_eq!(ran.text(), text);
        let said = ran.error.map(|error| error.to_string()).unwrap_or_default();
        assert!(said.contains(error.unwrap_or_default()), "{said}");
        assert_eq!(tokens_seen(&server), tokens);
        let sent = server.requests();
        assert_eq!(sent[0].body, sent[1].body);
        assert_eq!(ran.retries.len(), 1);
        assert!(ran.retries[0].reason.ends_with("it is sent again with new credentials"));
    }
}

#[tokio::test]
async fn where_no_others_are_to_be_had_that_is_the_error() {
    let server = Server::start([refused()]).await;
    let purse = Purse::new([Ok("one-aaaaaaaa"), Err("the purse was stolen")]);
    let ran = run(&*open(&purse.settings(&server)), request()).await;
    let error = ran.error.unwrap();
    assert_eq!(error.to_string(), "test: the purse was stolen; fill it");
    assert_eq!(error.failure().kind, FailureKind::Credentials);
}

#[tokio::test]
async fn many_who_wait_share_one_search_and_one_renewal() {
    let refusals = std::iter::repeat_with(refused).take(8);
    let server =
        Server::start(refusals.chain(std::iter::repeat_with(|| hello(CHAT)).take(8))).await;
    let purse = Purse::new([Ok("one-aaaaaaaa"), Ok("two-bbbbbbbb")]);
    purse.allowed.forget_permits(98);
    let backend = open(&purse.settings(&server));
    let all = join_all((0..8).map(|_| run(&*backend, request())));
    let give_the_second = async {
        while purse.searches() < 2 || server.requests().len() < 8 {
            tokio::task::yield_now().await;
        }
        purse.allowed.add_permits(1);
    };
    let (all, ()) = futures::join!(all, give_the_second);
    assert!(all.iter().all(|ran| ran.text() == "Hello"));
    assert_eq!(purse.searches(), 2);
    assert_eq!(server.requests().len(), 16);
}

#[tokio::test]
async fn who_stops_waiting_does_not_end_the_search_of_others() {
    let server = Server::start([hello(CHAT), hello(CHAT)]).await;
    let purse = Purse::new([Ok("one-aaaaaaaa")]);
    purse.allowed.forget_permits(99);
    let backend = open(&purse.settings(&server));
    let mut leaves = backend.reply(request());
    assert!(leaves.next().now_or_never().is_none(), "the search has begun");
    let mut stays = Box::pin(run(&*backend, request()));
    assert!((&mut stays).now_or_never().is_none());
    drop(leaves);
    purse.allowed.add_permits(1);
    assert_eq!(stays.await.text(), "Hello");
    assert_eq!(purse.searches(), 1);

    // A search that nobody waits for ends, and the next one begins anew.
    let purse = Purse::new([Ok("two-bbbbbbbb")]);
    purse.allowed.forget_permits(99);
    let backend = open(&purse.settings(&server));
    assert!(backend.reply(request()).next().now_or_never().is_none());
    purse.allowed.add_permits(1);
    assert_eq!(run(&*backend, request()).await.text(), "Hello");
    assert_eq!(purse.searches(), 2);
}

#[tokio::test]
async fn they_are_renewed_before_they_end() {
    let server = Server::start(std::iter::repeat_with(|| hello(CHAT)).take(5)).await;
    let purse = Purse::new([
        Ok("one-aaaaaaaa"),
        Ok("two-bbbbbbbb"),
        Err("no network"),
        Err("still no network"),
        Err("still no network"),
    ]);
    let backend = open(&purse.settings(&server));
    for (wait, expected, searches) in [
        (0, Some("one-aaaaaaaa"), 1),
        (3299, Some("one-aaaaaaaa"), 1),
        // Five minutes before its end.
        (1, Some("two-bbbbbbbb"), 2),
        // The next is not to be had, and this one still holds; nobody asks again at once.
        (3400, Some("two-bbbbbbbb"), 3),
        (1, Some("two-bbbbbbbb"), 3),
        (199, None, 4),
    ] {
        purse.wait(wait);
        let ran = run(&*backend, request()).await;
        match expected {
            Some(token) => {
                assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None));
                assert_eq!(tokens_seen(&server).last().unwrap(), token);
            }
            None => assert!(ran.error.unwrap().to_string().contains("still no network")),
        }
        assert_eq!(purse.searches(), searches, "after {wait}");
    }
}

/// Signs what it sees of a request into a header of its own.
#[derive(Debug)]
struct Notary;

impl Pass for Notary {
    fn sign(&self, request: &mut reqwest::Request, now: SystemTime) -> Result<(), String> {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let (method, url, names) = (request.method(), request.url(), request.headers().keys());
        let names: Vec<&str> = names.map(reqwest::header::HeaderName::as_str).collect();
        let seen = format!("{method} {} {} {} {seconds}", url.path(), names.join(","), body.len());
        request.headers_mut().insert("x-signed", seen.parse().unwrap());
        Ok(())
    }

    fn secrets(&self) -> Vec<Secret> {
        Vec::new()
    }
}

#[derive(Debug)]
struct Office;

impl Source for Office {
    fn name(&self) -> &str {
        "the office"
    }

    fn find<'a>(
        &'a self,
        _: &'a Means,
        _: &'a Why,
    ) -> BoxFuture<'a, Result<Found, CredentialsError>> {
        let about = About::of("the office");
        async { Ok(Found::new(Notary, about)) }.boxed()
    }
}

#[tokio::test]
async fn a_pass_sees_the_whole_request() {
    let server = Server::start([hello(CHAT)]).await;
    server.offer(&["m"]);
    let means = Means::default().with_clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(7));
    let key = Key::Sought(Credentials::new(Office, means));
    let settings = BackendSettings { key, ..settings(CHAT, &server) };
    assert_eq!(run(&*open(&settings), request()).await.text(), "Hello");
    let sent = &server.requests()[0];
    let length = &sent.headers["content-length"];
    let expected = format!("POST /v1/chat/completions content-type,accept {length} 7");
    assert_eq!(sent.headers["x-signed"], expected);
    assert_eq!(names(&settings).await, ["m"]);
}
