//! What the rest of the program answers.
use super::{Effect, State, context, copy, over, review, send, sessions, themes};
use crate::{
    protocol::Command,
    tui::{
        desk::{Answer, Question, Ran},
        overlay::{Overlay, Page, Restoring},
        theme::Role,
        transcript::Motion,
    },
};

pub(super) fn take(state: &mut State, answer: Answer) -> Vec<Effect> {
    match answer {
        Answer::Mode(mode) => {
            if mode == state.status.mode {
                state.say(Role::Notice, format!("the mode is {mode}"));
                return Vec::new();
            }
            state.status.mode = mode;
            return vec![Effect::Send(Command::SetMode(mode))];
        }
        Answer::Models(models) => over::models(state, &models),
        Answer::Page(title, lines) => {
            state.overlays.push(Overlay::Page(Page::of_text(title, &lines)));
        }
        Answer::Themes(all) => themes::reload(state, all),
        Answer::Context(account) => context::open(state, &account),
        Answer::Ground(ground) => state.status.ground = ground,
        Answer::Files(files) => state.composer.set_files(files),
        Answer::AllFiles(files) => state.composer.set_all_files(files),
        Answer::FoundSymbols(found) => state.composer.set_everywhere(&found),
        Answer::Symbols(found) => {
            if found.symbols.is_empty() {
                state.say(Role::Notice, format!("no definitions are known of {}", found.path));
            }
            state.composer.set_symbols(&found);
        }
        Answer::ClipboardImage(image) => state.composer.attach_image(image),
        Answer::Loaded(prompt) => {
            state.held = None;
            return send::prompt(state, prompt);
        }
        Answer::Ran(ran) => show_run(state, &ran),
        Answer::Sessions(sessions) => return sessions::open(state, sessions),
        Answer::SessionPreview(preview) => sessions::take_preview(state, preview),
        Answer::Restore(mut restore, command) => {
            restore.name_turns(|turn| state.transcript.prompt_of(turn));
            let restoring = Restoring { restore: *restore, command };
            // The same one, otherwise.
            state.overlays.pop_if(|overlay| matches!(overlay, Overlay::Restoring(_)));
            state.overlays.push(Overlay::Restoring(Box::new(restoring)));
        }
        Answer::Hunks(reviewable) => review::open(state, reviewable),
        Answer::Output { call, text } => state.transcript.show_whole_output(&call, text),
        Answer::Conversation(text) => {
            return copy::copy(state, "the conversation".to_owned(), text);
        }
        Answer::CopyKept(copy) => copy::say_kept(state, &copy),
        Answer::Edited(text) => state.composer.edited(&text),
        Answer::EditedHunk(text) => return review::edited(state, text),
        Answer::UnfitHunk(unfit) => return review::unfit(state, unfit),
        Answer::Done(sentence) => {
            state.say(Role::Notice, sentence);
            return vec![Effect::Ask(Question::Ground)];
        }
        Answer::Followed { sentence, report } => {
            state.say(Role::Notice, sentence);
            state.transcript.push_notice(&report);
            state.transcript.scroll(Motion::End);
            return vec![Effect::Ask(Question::Ground)];
        }
        // A session is opened by whoever holds the agent.
        Answer::Opened(_) | Answer::Nothing => {}
    }
    Vec::new()
}

/// There is no answer but a sentence: what waited for it goes on.
pub(super) fn lacks(state: &mut State, question: Question, sentence: String) {
    match question {
        Question::Load(message) => {
            state.held = None;
            state.composer.put_back(&message);
        }
        Question::Open(_) => state.held = None,
        Question::Run(_) => state.commands = state.commands.saturating_sub(1),
        // Nobody looks, so it has to stay.
        Question::Notify(_) => {
            state.transcript.push_notice(&sentence);
            return;
        }
        Question::Files => state.composer.lack_files(),
        Question::AllFiles => state.composer.lack_all_files(),
        Question::FindSymbols(_) => state.composer.lack_everywhere(),
        Question::Mode(_)
        | Question::Models { .. }
        | Question::Doctor
        | Question::Themes
        | Question::Context { .. }
        | Question::Ground
        | Question::Picked(_)
        | Question::Symbols(_)
        | Question::Map(_)
        | Question::ClipboardImage
        | Question::Remember(_)
        | Question::StopCommands
        | Question::Sessions
        | Question::SessionPreview(_)
        | Question::NameSession { .. }
        | Question::Undo { .. }
        | Question::Redo { .. }
        | Question::Hunks(_)
        | Question::Decide { .. }
        | Question::Export(_)
        | Question::Conversation
        | Question::KeepCopy { .. }
        | Question::Output { .. }
        | Question::Edit(_)
        | Question::EditHunk { .. } => {}
    }
    state.say(Role::Warning, sentence);
}

fn show_run(state: &mut State, ran: &Ran) {
    state.commands = state.commands.saturating_sub(1);
    state.word = None;
    let end = if ran.end.is_empty() { String::new() } else { format!("\n({})", ran.end) };
    let output = ran.output.trim_end();
    let text = if output.is_empty() {
        format!("$ {}{end}", ran.command)
    } else {
        format!("$ {}\n{output}{end}", ran.command)
    };
    state.transcript.push_notice(&text);
    state.transcript.scroll(Motion::End);
}
