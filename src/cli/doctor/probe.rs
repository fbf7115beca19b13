//! The smallest request that shows whether a backend answers, and how soon.
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use tokio::time::timeout;

use super::{
    super::{
        Exit,
        model::{exit_for, known_of},
    },
    finding::{State, Timing},
};
use crate::{
    backend::{self, BackendError, BackendSettings, Progress},
    protocol::{Cost, Message, Request, ToolUse, Usage},
    redact::Redactor,
    wire::Chunk,
};

/// Somebody looks on.
const PATIENCE: Duration = Duration::from_secs(30);
/// As few tokens as every vendor lets a reply be limited to.
const SHORTEST_REPLY: u32 = 16;

pub(super) async fn ask(
    backend: &BackendSettings,
    model: Option<String>,
    redactor: Arc<Redactor>,
) -> State {
    let asked = timeout(PATIENCE, try_to_ask(backend, model, redactor)).await;
    match asked {
        Ok(Ok(timing)) => State::Answered(timing),
        Ok(Err(failed)) => failed,
        Err(_) => State::Failed {
            why: format!("no whole answer came within {} s", PATIENCE.as_secs()),
            exit: Exit::Unavailable,
        },
    }
}

async fn try_to_ask(
    backend: &BackendSettings,
    model: Option<String>,
    redactor: Arc<Redactor>,
) -> Result<Timing, State> {
    let model = match model {
        Some(model) => model,
        None => first_model(backend).await?,
    };
    let once = BackendSettings { retries: 0, ..backend.for_model(&model) };
    let open = backend::open(&once, None, redactor).map_err(State::from)?;
    let (started, mut first_byte, mut usage) = (Instant::now(), None, Usage::default());
    let mut reply = open.reply(request(&model));
    while let Some(progress) = reply.next().await {
        match progress.map_err(State::from)? {
            Progress::FirstByte => first_byte = Some(started.elapsed()),
            Progress::Chunk(Chunk::Usage(used)) => usage = used,
            Progress::Sent | Progress::Chunk(_) | Progress::Retry(_) => {}
        }
    }
    let prices = known_of(backend, &model).and_then(|info| info.prices);
    let cost = prices.map_or(Cost::Unknown, |prices| prices.cost(&usage));
    let whole = started.elapsed();
    Ok(Timing { model, first_byte: first_byte.unwrap_or(whole), whole, cost })
}

/// For a server that no model was chosen of.
async fn first_model(backend: &BackendSettings) -> Result<String, State> {
    let name = &backend.name;
    let unknown = if !backend.kind.domains().is_empty() {
        Some(format!("it is not known what is deployed there; name it by -m {name}/DEPLOYMENT"))
    } else if !backend.kind.lists_models() {
        Some(format!("it has no list of its models; name one by -m {name}/MODEL"))
    } else {
        None
    };
    if let Some(why) = unknown {
        return Err(State::Failed { why, exit: Exit::Usage });
    }
    let listed = backend::list_models(backend).await.map_err(State::from)?;
    listed.into_iter().next().map(|model| model.name).ok_or_else(|| State::Failed {
        why: "it answers, and has no model".to_owned(),
        exit: Exit::Unavailable,
    })
}

impl From<BackendError> for State {
    fn from(error: BackendError) -> Self {
        Self::Failed { exit: exit_for(error.failure().kind), why: error.to_string() }
    }
}

fn request(model: &str) -> Request {
    Request {
        model: model.to_owned(),
        system: Arc::from(""),
        tools: Arc::new([]),
        messages: vec![Arc::new(Message::Prompt("Answer with: ok".into()))],
        effort: None,
        max_output_tokens: Some(SHORTEST_REPLY),
        output_schema: None,
        cache_key: Arc::from(""),
        tool_use: ToolUse::Free,
    }
}
