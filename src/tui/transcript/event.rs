//! What the agent tells, as entries.
use std::time::Instant;

use super::{
    Transcript,
    call::Call,
    entry::{Body, Prompt},
    notice::{Moment, Notice, NoticeKind, changes_line, end_notice},
    thought::Thought,
    turn_line::TurnLine,
};
use crate::{
    protocol::{
        self, CallId, ChangeState, Cost, Decision, Event, Outcome, Preview, Retry, ToolCall,
        TurnEnd, Usage,
    },
    tui::text::markdown::Markdown,
};

impl Transcript {
    /// Takes up what the agent tells.
    pub fn event(&mut self, event: &Event, now: Instant) {
        match event {
            Event::TurnStarted { number } => self.turn_started(*number, now),
            Event::RequestStarted { .. } => {
                self.turn_requests += 1;
                self.request_cost = None;
                self.unconfirmed.clear();
            }
            Event::RequestSent | Event::FirstByte | Event::ContextKnown { .. } => {}
            Event::Steered(text) => self.push_prompt(&protocol::Prompt::from(text.as_str())),
            Event::Text(piece) => self.push_text(piece),
            Event::Thought(piece) => self.push_thought(piece),
            Event::TextDone(text) => self.finish_text(text),
            Event::ThoughtDone(text) => self.finish_thought(text),
            Event::CallPlanned { call, preview } => self.call_planned(call, preview.clone()),
            Event::ApprovalNeeded { call, reason, access: _ } => self.call_waits(call, reason),
            Event::ApprovalDecided { call, decision } => self.call_decided(call, decision),
            Event::CallStarted { call } => self.call_started(call, now),
            Event::CallProgress { call, output } => self.call_progress(call, output),
            Event::CallFinished { call, outcome } => self.call_finished(call, outcome, Some(now)),
            Event::ChangeSet { state, files, .. } => self.change_set(*state, files),
            Event::ChatUndone { turns } => self.mark_turns(turns, TakenBack::Yes),
            Event::ChatRedone { turns } => self.mark_turns(turns, TakenBack::No),
            Event::Retry(retry) => self.push_retry(retry),
            Event::Compacting => {}
            Event::Compacted(compaction) => {
                self.push_notice(&format!("{}\n{}", compaction.sentence(), compaction.summary));
            }
            Event::NotCompacted(end) => {
                self.push_own(Notice::new(NoticeKind::Warning, end.not_summed_up()))
            }
            Event::BackendSwitched(switch) => self.push_notice(&switch.sentence()),
            Event::Cost { cost, .. } => self.request_cost = Some(*cost),
            Event::Notice(text) => self.push_notice(text),
            Event::TurnEnded { end, usage, cost } => self.turn_ended(end, *usage, *cost, now),
        }
    }

    /// What the user wrote. It belongs to the turn that starts next, or to the one under way.
    pub fn push_prompt(&mut self, prompt: &protocol::Prompt) {
        let (text, images) = (prompt.text.clone(), prompt.images.len());
        self.push(Body::Prompt(Prompt { text, images, fold: super::Fold::Folded }));
    }

    pub fn turn_started(&mut self, number: u32, now: Instant) {
        self.end_streams();
        self.turn = Some(number);
        self.turn_started = Some(now);
        self.turn_requests = 0;
        self.unconfirmed.clear();
        // The prompt was pushed before anybody knew the number.
        for entry in self.entries.iter_mut().rev() {
            match &entry.body {
                Body::Prompt(_) => entry.turn = Some(number),
                Body::Answer(_) | Body::Thought(_) | Body::Call(_) | Body::Notice(_) => break,
            }
        }
    }

    /// A piece of the answer under way.
    pub fn push_text(&mut self, piece: &str) {
        if let Some(Body::Answer(markdown)) = self.open_body() {
            return markdown.push(piece);
        }
        if piece.trim().is_empty() {
            return;
        }
        self.end_streams();
        let mut markdown = Markdown::default();
        markdown.push(piece);
        self.begin(Body::Answer(markdown));
    }

    /// An answer is complete: the whole of it, which counts where it differs from its pieces.
    pub fn finish_text(&mut self, text: &str) {
        let answers = self.unconfirmed.iter().filter_map(|at| match &self.entries[*at].body {
            Body::Answer(markdown) => Some((*at, markdown.source())),
            Body::Thought(_) | Body::Prompt(_) | Body::Call(_) | Body::Notice(_) => None,
        });
        let said: Vec<(usize, &str)> = answers.collect();
        let Some((last, _)) = said.last().copied() else {
            if !text.trim().is_empty() {
                self.end_streams();
                self.push(Body::Answer(Markdown::whole(text)));
            }
            return;
        };
        let is_same = |source: &str| source.trim() == text.trim();
        let all: String = said.iter().map(|(_, source)| *source).collect();
        let (confirmed, is_as_said) = match said.iter().find(|(_, source)| is_same(source)) {
            Some((at, _)) => (vec![*at], true),
            // What thoughts have parted may be one text to its vendor.
            None if is_same(&all) => (said.iter().map(|(at, _)| *at).collect(), true),
            None => (vec![last], false),
        };
        for at in confirmed {
            self.confirm(at);
            if let Body::Answer(markdown) = &mut self.entries[at].body {
                if is_as_said { markdown.finish() } else { *markdown = Markdown::whole(text) }
            }
        }
    }

    pub fn push_thought(&mut self, piece: &str) {
        if let Some(Body::Thought(thought)) = self.open_body() {
            return thought.text.push_str(piece);
        }
        if piece.trim().is_empty() {
            return;
        }
        self.end_streams();
        let mut thought = Thought::new();
        thought.text.push_str(piece);
        self.begin(Body::Thought(thought));
    }

    pub fn finish_thought(&mut self, text: &str) {
        let is_thought = |at: &usize| matches!(self.entries[*at].body, Body::Thought(_));
        if let Some(at) = self.unconfirmed.iter().copied().find(is_thought) {
            self.confirm(at);
            if let Body::Thought(thought) = &mut self.entries[at].body {
                text.clone_into(&mut thought.text);
                thought.is_finished = true;
            }
            return;
        }
        if !text.trim().is_empty() {
            self.end_streams();
            let thought = Thought { is_finished: true, text: text.to_owned(), ..Thought::new() };
            self.push(Body::Thought(thought));
        }
    }

    /// A call that is planned again, for its patch was looked at anew, keeps its place.
    pub fn call_planned(&mut self, call: &ToolCall, preview: Preview) {
        if let Some(Body::Call(known)) = self.call_entry(&call.id).map(|entry| &mut entry.body)
            && !known.is_finished()
        {
            return known.plan_again(preview);
        }
        self.end_streams();
        let cost = self.request_cost.take();
        let at = self.push(Body::Call(Box::new(Call::new(call, preview, cost))));
        self.calls.insert(call.id.clone(), at);
    }

    pub fn call_waits(&mut self, call: &CallId, reason: &str) {
        self.with_call(call, |call| call.wait(reason));
    }

    pub fn call_decided(&mut self, call: &CallId, decision: &Decision) {
        self.with_call(call, |call| call.decide(decision));
    }

    pub fn call_started(&mut self, call: &CallId, now: Instant) {
        self.with_call(call, |call| call.start(now));
    }

    pub fn call_progress(&mut self, call: &CallId, output: &str) {
        self.with_call(call, |call| call.progress(output));
    }

    /// `now` is none for what happened in an earlier life of the session.
    pub fn call_finished(&mut self, call: &CallId, outcome: &Outcome, now: Option<Instant>) {
        self.with_call(call, |call| call.finish(outcome, now));
    }

    pub fn push_notice(&mut self, text: &str) {
        self.push_own(Notice::new(NoticeKind::Notice, text.to_owned()));
    }

    pub fn push_error(&mut self, text: &str) {
        self.push_own(Notice::new(NoticeKind::Error, text.to_owned()));
    }

    pub fn push_retry(&mut self, retry: &Retry) {
        self.end_streams();
        self.unconfirmed.clear();
        self.push_own(Notice::retry(retry));
    }

    fn turn_ended(&mut self, end: &TurnEnd, usage: Usage, cost: Cost, now: Instant) {
        self.end_streams();
        if let Some(notice) = end_notice(end) {
            self.push_own(notice);
        }
        let took = self.turn_started.take().map(|from| now.saturating_duration_since(from));
        let line = TurnLine::new(self.turn, self.turn_requests, usage, cost, took);
        self.push_own(Notice::of_turn(line));
    }

    fn change_set(&mut self, state: ChangeState, files: &[String]) {
        let is_idle = self.turn_started.is_none();
        let moment = if is_idle { Moment::BetweenTurns } else { Moment::InATurn };
        if let Some(line) = changes_line(state, files, moment) {
            self.push_notice(&line);
        }
    }

    fn mark_turns(&mut self, turns: &[u32], taken_back: TakenBack) {
        let entries = self.entries.iter_mut();
        for entry in entries.filter(|it| it.turn.is_some_and(|turn| turns.contains(&turn))) {
            entry.is_taken_back = taken_back == TakenBack::Yes;
        }
        self.version += 1;
        self.focus = None;
        // What comes between the turns belongs to none of them.
        self.turn = None;
        let Some(first) = turns.iter().min() else { return };
        let what = match taken_back {
            TakenBack::Yes => "taken out of the conversation",
            TakenBack::No => "in the conversation again",
        };
        self.push_notice(&format!("{what}: turn {first} and after"));
    }

    fn push_own(&mut self, notice: Notice) {
        if let Some(entry) = self.last()
            && matches!(&entry.body, Body::Notice(last) if last.is_passing)
            && notice.is_passing
        {
            return entry.replace(Body::Notice(notice));
        }
        self.push(Body::Notice(notice));
    }

    /// More of it comes.
    fn begin(&mut self, body: Body) {
        let at = self.push(body);
        self.open = Some(at);
        self.unconfirmed.push(at);
    }

    /// All of it has come.
    fn confirm(&mut self, at: usize) {
        self.version += 1;
        self.unconfirmed.retain(|it| *it != at);
        if self.open == Some(at) {
            self.open = None;
        }
    }

    /// Nothing is added any more to what comes before something else of the model's.
    fn end_streams(&mut self) {
        match self.open_body() {
            Some(Body::Answer(markdown)) => markdown.finish(),
            Some(Body::Thought(thought)) => thought.is_finished = true,
            Some(Body::Prompt(_) | Body::Call(_) | Body::Notice(_)) | None => {}
        }
        self.open = None;
    }

    fn open_body(&mut self) -> Option<&mut Body> {
        self.version += 1;
        self.entries.get_mut(self.open?).map(|entry| &mut entry.body)
    }

    fn with_call(&mut self, call: &CallId, change: impl FnOnce(&mut Call)) {
        if let Some(Body::Call(call)) = self.call_entry(call).map(|entry| &mut entry.body) {
            change(call);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TakenBack {
    Yes,
    No,
}
