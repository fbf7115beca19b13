//! Moving about in the transcript, and copying out of it.
use super::{Effect, State};
use crate::tui::{action::Action, transcript::Motion};

/// `None` where there is nothing to do.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(motion) = motion(action) {
        if let Some(rows) = rows(action, state.size.1)
            && let Some(open) = state.approvals.open_mut()
        {
            open.scroll = open.scroll.saturating_add_signed(rows);
            return Some(Vec::new());
        }
        state.transcript.scroll(motion);
        return Some(Vec::new());
    }
    let transcript = &mut state.transcript;
    match action {
        Action::FocusTranscript => state.is_reading = true,
        Action::Compose => {
            state.is_reading = false;
            transcript.clear_focus();
        }
        Action::ToggleDetails if state.is_reading => transcript.toggle(),
        Action::ToggleDetails => transcript.toggle_all(),
        Action::CopyBlock => return copied(transcript.copy_block()),
        Action::CopyCode => return copied(transcript.copy_code()),
        Action::CopyAnswer => return copied(transcript.copy_answer()),
        _ => return None,
    }
    Some(Vec::new())
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
fn rows(action: Action, height: u16) -> Option<isize> {
    let page = isize::try_from(height / 2).unwrap_or(1);
    match action {
        Action::PageUp => Some(-page),
        Action::PageDown => Some(page),
        _ => None,
    }
}

fn copied(text: Option<String>) -> Option<Vec<Effect>> {
    Some(text.map(Effect::Copy).into_iter().collect())
}
