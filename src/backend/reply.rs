//! One reply as a stream: send, read, decode; again after a wait where that may help.
use std::{collections::VecDeque, mem, time::Duration};

use bytes::Bytes;
use futures::{FutureExt, StreamExt, future::BoxFuture, stream, stream::BoxStream};
use tokio::{sync::oneshot, time};

use super::{
    BackendError, Progress,
    answer::{Answer, Body, Head, Nature, Piece},
    cassette::Tape,
    credentials::Admission,
    departure::Departed,
    error::Fault,
    retry::wait_before_retry,
    service::Service,
};
use crate::{
    protocol::{Request, Retry},
    wire::{Chunk, Decoder, ServiceError, Target, WireError},
};

/// How long the line may take to end after the reply is complete, before its connection is given up.
const LONGEST_FAREWELL: Duration = Duration::from_millis(100);

pub(super) fn stream(
    service: Service,
    request: Request,
) -> BoxStream<'static, Result<Progress, BackendError>> {
    let reply = Reply {
        service,
        request,
        step: Step::Encode,
        admission: None,
        has_renewed: false,
        has_gone_elsewhere: false,
        ready: VecDeque::new(),
        failures: 0,
        had_chunks: false,
    };
    stream::unfold(Box::new(reply), |mut reply| async move {
        let progress = reply.next().await?;
        Some((progress, reply))
    })
    .boxed()
}

/// A reply under way. Everything it waits for happens in [`Reply::next`], so dropping it stops everything.
struct Reply {
    service: Service,
    request: Request,
    step: Step,
    /// What the last attempt was let in by.
    admission: Option<Admission>,
    has_renewed: bool,
    has_gone_elsewhere: bool,
    /// What was decoded and not yet handed out: a piece of the line may hold many chunks.
    ready: VecDeque<Progress>,
    failures: u32,
    had_chunks: bool,
}

/// What to do once everything ready is handed out.
enum Step {
    Encode,
    Send(Encoded),
    Await(Box<Sending>),
    Read(Box<Reading>),
    Wait(Duration, Encoded),
    Fail(BackendError, Encoded),
    /// The service refused the credentials, and others may be had.
    Renew(BackendError, Encoded),
    /// The reply is complete; the line may not be.
    Part(Body),
    End,
}

/// What is sent, each time the same.
struct Encoded {
    body: Bytes,
    target: Target,
}

/// A request under way, of which no answer is there yet.
struct Sending {
    encoded: Encoded,
    tape: Option<Tape>,
    answer: BoxFuture<'static, Result<Answer, Fault>>,
    /// Absent once it was told of.
    departed: Option<Departed>,
}

/// The reply's own end was seen.
struct IsComplete(bool);

struct Reading {
    encoded: Encoded,
    head: Head,
    body: Body,
    decoder: Box<dyn Decoder>,
    tape: Option<Tape>,
}

impl Reply {
    async fn next(&mut self) -> Option<Result<Progress, BackendError>> {
        loop {
            if let Some(progress) = self.ready.pop_front() {
                self.had_chunks |= is_chunk(&progress);
                return Some(Ok(progress));
            }
            self.step = match mem::replace(&mut self.step, Step::End) {
                Step::Encode => Step::Send(self.encode()),
                Step::Send(encoded) => self.send(encoded).await,
                Step::Await(sending) => self.await_answer(sending).await,
                Step::Read(reading) => self.read(reading).await,
                Step::Wait(wait, encoded) => {
                    if self.service.waits() {
                        time::sleep(wait).await;
                    }
                    Step::Send(encoded)
                }
                Step::Fail(error, _) if self.goes_on_unbound(&error) => Step::Encode,
                Step::Fail(error, encoded) if self.goes_elsewhere(&error, &encoded.target) => {
                    Step::Send(encoded)
                }
                Step::Fail(error, encoded) if self.goes_on_renewed(&error) => {
                    Step::Renew(error, encoded)
                }
                Step::Renew(refusal, encoded) => match self.renew(&refusal).await {
                    Ok(()) => Step::Send(encoded),
                    Err(error) => return Some(Err(error)),
                },
                Step::Fail(error, encoded) => match self.wait_before_retry(&error) {
                    Some(wait) => Step::Wait(wait, encoded),
                    None => return Some(Err(error)),
                },
                Step::Part(mut body) => {
                    // That the line stays open is the service's affair; the reply is whole.
                    let _ = time::timeout(LONGEST_FAREWELL, body.drain()).await;
                    Step::End
                }
                Step::End => return None,
            };
        }
    }

    fn encode(&self) -> Encoded {
        self.service.note(&self.request);
        let target = self.service.target(&self.request);
        Encoded { body: self.service.encode(self.request.clone(), target.clone()), target }
    }

    async fn send(&mut self, encoded: Encoded) -> Step {
        self.admission = match self.service.admit().await {
            Ok(admission) => admission,
            Err(error) => return Step::Fail(error, encoded),
        };
        let tape = match self.service.start_tape(&encoded.target, &encoded.body) {
            Ok(tape) => tape,
            Err(error) => return Step::Fail(error, encoded),
        };
        let (departing, departed) = oneshot::channel();
        let (target, body) = (encoded.target.clone(), encoded.body.clone());
        let answer = self.service.clone().send(target, body, self.admission.clone(), departing);
        let (answer, departed) = (answer.boxed(), Some(departed));
        Step::Await(Box::new(Sending { encoded, tape, answer, departed }))
    }

    /// Waits for the head of the answer, and first for the connection.
    async fn await_answer(&mut self, mut sending: Box<Sending>) -> Step {
        let answer = match sending.departed.take() {
            None => (&mut sending.answer).await,
            Some(departed) => tokio::select! {
                biased;
                Ok(()) = departed => {
                    self.ready.push_back(Progress::Sent);
                    return Step::Await(sending);
                }
                answer = &mut sending.answer => answer,
            },
        };
        let Sending { encoded, mut tape, .. } = *sending;
        let Answer { head, mut body } = match answer {
            Ok(answer) => answer,
            Err(fault) => return Step::Fail(self.broken(fault, tape.as_mut()), encoded),
        };
        if let Some(tape) = &mut tape {
            tape.head(&head);
        }
        let refusal = match head.nature() {
            Nature::Reply => {
                self.ready.push_back(Progress::FirstByte);
                let decoder = self.service.wire().decoder(&encoded.target);
                return Step::Read(Box::new(Reading { encoded, head, body, decoder, tape }));
            }
            Nature::Foreign(detail) => Err(Fault::Malformed { detail }),
            Nature::Refusal => {
                let text = body.read_refusal().await;
                if let Some(tape) = &mut tape {
                    tape.text(&text);
                }
                head.refusal(&text)
            }
        };
        if let Some(tape) = &mut tape {
            tape.complete();
        }
        let error = match refusal {
            Ok(refusal) => self.service.error_of_refusal(refusal, self.admission.as_ref()),
            Err(fault) => self.service.error_of_fault(fault, self.had_chunks()),
        };
        Step::Fail(error, encoded)
    }

    /// Waits for one piece of the line and decodes all of it.
    async fn read(&mut self, mut reading: Box<Reading>) -> Step {
        let piece = match reading.body.next_piece().await {
            Ok(piece) => piece,
            // Its end may have been said already, and only the line's is missing.
            Err(_) if reading.decode(None, &mut self.ready).is_ok() => {
                reading.complete_tape();
                return Step::End;
            }
            Err(fault) => {
                let error = self.broken(fault, reading.tape.as_mut());
                return Step::Fail(error, reading.encoded);
            }
        };
        let is_last = piece.is_none();
        match reading.decode(piece, &mut self.ready) {
            Ok(IsComplete(false)) if !is_last => Step::Read(reading),
            Ok(IsComplete(_)) => {
                reading.complete_tape();
                Step::Part(reading.body)
            }
            Err(error) => {
                let error = match error {
                    WireError::Cut => {
                        let detail = "the connection ended before the reply did".to_owned();
                        self.broken(Fault::Cut { detail }, reading.tape.as_mut())
                    }
                    WireError::Damaged { .. } => {
                        self.broken(Fault::Cut { detail: error.to_string() }, reading.tape.as_mut())
                    }
                    WireError::Service(refusal) => {
                        reading.complete_tape();
                        let refusal = reading.head.complete(refusal);
                        self.service.error_of_refusal(refusal, self.admission.as_ref())
                    }
                    WireError::Malformed { .. } => {
                        reading.complete_tape();
                        let detail = format!("can't be understood: {error}");
                        self.service.error_of_fault(Fault::Malformed { detail }, self.had_chunks())
                    }
                };
                Step::Fail(error, reading.encoded)
            }
        }
    }

    fn broken(&self, fault: Fault, tape: Option<&mut Tape>) -> BackendError {
        if let Some(tape) = tape {
            tape.broken(&fault);
        }
        self.service.error_of_fault(fault, self.had_chunks())
    }

    /// Some of the reply was handed out, or is about to be.
    fn had_chunks(&self) -> bool {
        self.had_chunks || self.ready.iter().any(is_chunk)
    }

    /// Reasoning that the service does not take back is left out, once: without it, it is refused no more.
    fn goes_on_unbound(&mut self, error: &BackendError) -> bool {
        let is_refused = error.service().is_some_and(ServiceError::refuses_old_reasoning);
        if !is_refused || !self.service.unbind(&self.request) {
            return false;
        }
        let reason = format!("{error}; it is sent again without the reasoning of earlier replies");
        self.announce_once_more(reason);
        true
    }

    /// A model that is not served at its path is asked at the other one, once.
    fn goes_elsewhere(&mut self, error: &BackendError, target: &Target) -> bool {
        let Some(refusal) = error.service().filter(|it| it.is_of_another_route()) else {
            return false;
        };
        if mem::replace(&mut self.has_gone_elsewhere, true) {
            return false;
        }
        let Some(path) = self.service.go_elsewhere(target) else { return false };
        self.announce_once_more(format!("{refusal}; it is sent again to {path}"));
        true
    }

    /// Credentials that the service refuses are replaced, once: the next request is let in, or is not meant to be.
    fn goes_on_renewed(&mut self, error: &BackendError) -> bool {
        let Some(refusal) = error.service() else { return false };
        let may_help = self.admission.is_some() && self.service.gate().may_renew(refusal);
        if self.has_renewed || self.had_chunks() || !may_help {
            return false;
        }
        self.has_renewed = true;
        self.announce_once_more(format!("{refusal}; it is sent again with new credentials"));
        true
    }

    async fn renew(&mut self, refusal: &BackendError) -> Result<(), BackendError> {
        match &self.admission {
            Some(refused) => self.service.gate().renew(refused, refusal).await,
            None => Ok(()),
        }
    }

    fn announce_once_more(&mut self, reason: String) {
        let retry = Retry { attempt: 1, of: 1, wait: Duration::ZERO, reason };
        self.ready.push_back(Progress::Retry(retry));
    }

    /// Announces the next attempt, where there is to be one.
    fn wait_before_retry(&mut self, error: &BackendError) -> Option<Duration> {
        self.failures += 1;
        let retries = self.service.retries();
        let wait = wait_before_retry(error, self.failures, retries).filter(|_| !self.had_chunks)?;
        let retry = Retry { attempt: self.failures, of: retries, wait, reason: error.to_string() };
        self.ready.push_back(Progress::Retry(retry));
        Some(wait)
    }
}

impl Reading {
    fn decode(
        &mut self,
        piece: Option<Piece>,
        ready: &mut VecDeque<Progress>,
    ) -> Result<IsComplete, WireError> {
        let Self { body, decoder, tape, .. } = self;
        let is_last = piece.is_none();
        let mut is_complete = false;
        let mut take = |chunks: Vec<Chunk>| {
            is_complete |= chunks.iter().any(|chunk| matches!(chunk, Chunk::Stop(_)));
            ready.extend(chunks.into_iter().map(Progress::Chunk));
            is_complete
        };
        let mut has_stopped = false;
        body.frames(piece, &mut |event, data| {
            if has_stopped {
                return Ok(());
            }
            if let Some(tape) = tape {
                tape.frame(event, &String::from_utf8_lossy(data));
            }
            has_stopped = take(decoder.frame(event, data)?);
            Ok(())
        })?;
        if is_last && !has_stopped {
            take(decoder.end()?);
        }
        Ok(IsComplete(is_complete))
    }

    fn complete_tape(&mut self) {
        if let Some(tape) = &mut self.tape {
            tape.complete();
        }
    }
}

fn is_chunk(progress: &Progress) -> bool {
    matches!(progress, Progress::Chunk(_))
}
