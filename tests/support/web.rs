//! A service on loopback that is no model: it answers each request by a function, and keeps what it was asked.
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, mpsc},
    thread,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::AbortHandle,
};

use super::server::{Answer, RawRequest, Step, read_request, write_answer};

pub(crate) struct Web {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    accepting: AbortHandle,
}

#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// With its query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

type Answers = Arc<dyn Fn(&Asked) -> (u16, String) + Send + Sync>;

impl Web {
    /// The answer is a status and a body: JSON, or text as it is.
    pub(crate) async fn start<B: ToString>(
        answer: impl Fn(&Asked) -> (u16, B) + Send + Sync + 'static,
    ) -> Self {
        let answer = move |asked: &Asked| {
            let (status, body) = answer(asked);
            (status, body.to_string())
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<_>>::default());
        let (answers, kept): (Answers, _) = (Arc::new(answer), Arc::clone(&asked));
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&kept)));
            }
        });
        Self { address, asked, accepting: accepting.abort_handle() }
    }

    /// The same on a thread of its own, for tests that have no runtime. It lasts as long as what comes with it.
    pub(crate) fn beside<B: ToString + 'static>(
        answer: impl Fn(&Asked) -> (u16, B) + Send + Sync + 'static,
    ) -> (Self, oneshot::Sender<()>) {
        let (give, take) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let _ = give.send(Self::start(answer).await);
                let _ = stopped.await;
            });
        });
        (take.recv().unwrap(), stop)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Asked {
    /// What a form holds.
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    answers: Answers,
    kept: Arc<Mutex<Vec<Asked>>>,
) -> io::Result<()> {
    let mut buffer = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut buffer).await? {
        let RawRequest { method, path, headers, body } = request;
        let body = String::from_utf8_lossy(&body).into_owned();
        let asked = Asked { method, path, headers, body };
        let (status, body) = answers(&asked);
        kept.lock().unwrap().push(asked);
        let answer = Answer::new(status, "application/json", [Step::Piece(body.into())]);
        write_answer(&mut stream, answer).await?;
    }
    Ok(())
}
