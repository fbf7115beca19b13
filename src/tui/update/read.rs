//! Moving about in the transcript, searching it, and copying out of it.
use super::{Effect, State, copy};
use crate::tui::{
    action::Action,
    composer::Editor,
    desk::Question,
    theme::Role,
    transcript::{Extent, Motion},
};

/// `None` where there is nothing to do.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(motion) = motion(action) {
        let is_elsewhere = state.is_reading || state.search.is_some();
        if let Some(pages) = pages(action)
            && let Some(open) = state.approvals.open_mut().filter(|_| !is_elsewhere)
        {
            open.turn_page(pages);
            return Some(Vec::new());
        }
        read_what_was_printed(state);
        state.transcript.scroll(motion);
        return Some(Vec::new());
    }
    let transcript = &mut state.transcript;
    match action {
        Action::FocusTranscript => {
            read_what_was_printed(state);
            state.is_reading = true;
            state.transcript.focus_previous();
        }
        Action::Compose => {
            state.is_reading = false;
            transcript.clear_focus();
        }
        Action::ToggleDetails if state.is_reading => {
            return Some(match transcript.show_whole() {
                Some((call, blob)) => vec![Effect::Ask(Question::Output { call, blob })],
                None => Vec::new(),
            });
        }
        Action::ToggleDetails => {
            read_what_was_printed(state);
            state.transcript.toggle_all();
        }
        Action::CopyBlock => return copied(state, |it| it.transcript.copy_block()),
        Action::CopyCode => return copied(state, |it| it.transcript.copy_code()),
        Action::CopyAnswer => return copied(state, |it| it.transcript.copy_answer()),
        Action::Find => {
            let was_reading = state.is_reading;
            read_what_was_printed(state);
            state.is_reading = was_reading;
            state.search = Some(Editor::default());
            state.transcript.clear_search();
        }
        Action::FindNext => transcript.search_next(),
        Action::FindPrevious => transcript.search_previous(),
        // The place that was found stays in sight.
        Action::Choose => {
            state.search.take()?;
            state.is_reading = true;
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Rows that were printed are the terminal's, which does not show other rows or folds of them: so they are read on a screen
/// of their own, where all of the transcript is.
fn read_what_was_printed(state: &mut State) {
    if state.takes_screen() {
        return;
    }
    state.is_reading = true;
    let (width, height) = state.size;
    state.transcript.show(Extent::Whole);
    state.transcript.fit(width, height, state.now);
}

fn motion(action: Action) -> Option<Motion> {
    Some(match action {
        Action::Up => Motion::Rows(-1),
        Action::Down => Motion::Rows(1),
        Action::HalfPageUp => Motion::HalfPageUp,
        Action::HalfPageDown => Motion::HalfPageDown,
        Action::PageUp => Motion::PageUp,
        Action::PageDown => Motion::PageDown,
        Action::First => Motion::Top,
        Action::Last => Motion::End,
        Action::PreviousPrompt => Motion::PreviousPrompt,
        Action::NextPrompt => Motion::NextPrompt,
        _ => return None,
    })
}

/// How far a question that is longer than its place is scrolled.
fn pages(action: Action) -> Option<isize> {
    match action {
        Action::PageUp => Some(-1),
        Action::PageDown => Some(1),
        _ => None,
    }
}

fn copied(state: &mut State, text: impl FnOnce(&State) -> Option<String>) -> Option<Vec<Effect>> {
    let Some(text) = text(state) else {
        state.say(Role::Warning, "there is nothing to copy");
        return Some(Vec::new());
    };
    let lines = text.lines().count();
    let what = format!("{lines} line{}", if lines == 1 { "" } else { "s" });
    Some(copy::copy(state, what, text))
}
